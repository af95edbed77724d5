"""A cursor knows what its sink has, what is in flight, and what was lost."""

from pathlib import Path

import pytest

from nmapwatchd.delivery import cursor as module
from nmapwatchd.delivery.cursor import SinkCursor
from nmapwatchd.delivery.store import Record, Store
from nmapwatchd.formats.identity import message_name
from tests.delivery.building import MEBIBYTE, FakeQueue, SmallQueue, alert


def connected(kind: type[FakeQueue] = FakeQueue) -> tuple[SinkCursor, FakeQueue]:
    cursor = SinkCursor("a")
    queue = kind(cursor)
    cursor.connect(queue)
    return cursor, queue


def opened(folder: Path, count: int) -> Store:
    """Return a store with some messages for a sink that has none of them."""
    store = Store(folder / "spool", 100, MEBIBYTE)
    store.register("other", 0)
    store.write([Record(str(number), b"x") for number in range(count)], {})
    return store


def test_a_new_sink_starts_after_the_stored_messages(tmp_path: Path) -> None:
    store, cursor = opened(tmp_path, 3), SinkCursor("new")

    cursor.attach(store)

    assert (cursor.acked, cursor.saved, cursor.forwarded) == (3, 3, 3)
    assert not cursor.is_backlogged
    assert store.sinks() == {"other": 0, "new": 3}


def test_a_known_sink_continues_at_its_position(tmp_path: Path) -> None:
    store, cursor = opened(tmp_path, 3), SinkCursor("other")
    store.write([], {"other": 2})

    cursor.attach(store)

    assert (cursor.acked, cursor.saved, cursor.forwarded) == (2, 2, 2)
    assert cursor.is_backlogged


def test_forwarded_messages_are_not_a_backlog(tmp_path: Path) -> None:
    store, cursor = opened(tmp_path, 3), SinkCursor("other")
    cursor.forwarded, cursor.acked = 3, 1

    cursor.attach(store)

    assert (cursor.acked, cursor.saved, cursor.forwarded) == (1, 0, 3)
    assert not cursor.is_backlogged


def test_a_backlog_whose_file_is_gone_is_lost(tmp_path: Path) -> None:
    store, cursor = opened(tmp_path, 5), SinkCursor("gone")
    cursor.forwarded, cursor.is_backlogged = 2, True

    cursor.attach(store)

    assert cursor.lost == 3
    assert cursor.take_unreported() == (3, ["unknown"])


def test_messages_are_acknowledged_in_the_order_they_were_forwarded() -> None:
    cursor, queue = connected()
    for number in (1, 2, 3):
        assert cursor.forward(alert(number), number)
    assert (cursor.forwarded, cursor.acked) == (3, 0)

    cursor.on_delivered(queue.undelivered.popleft())
    assert cursor.acked == 1
    queue.deliver()

    assert (cursor.forwarded, cursor.acked) == (3, 3)


def test_a_message_that_is_not_stored_acknowledges_nothing() -> None:
    cursor, queue = connected()
    cursor.forward(alert(1), 7)
    cursor.forward(alert(2))
    queue.deliver()

    assert (cursor.forwarded, cursor.acked) == (7, 7)


def test_a_message_that_is_refused_is_not_in_flight() -> None:
    cursor, queue = connected(SmallQueue)
    for number in (1, 2, 3):
        cursor.forward(alert(number), number)

    assert not cursor.forward(alert(4), 4)

    assert cursor.forwarded == 3
    queue.deliver()
    assert cursor.acked == 3


def test_without_a_queue_nothing_is_forwarded_or_lost() -> None:
    cursor, queue = connected()
    cursor.disconnect()

    assert not cursor.forward(alert(1), 1)
    cursor.bypass(alert(2))

    assert queue.received == []
    assert not cursor.has_capacity
    assert cursor.take_unreported() == (0, [])


def test_a_full_queue_loses_what_bypasses_the_disk_by_name() -> None:
    cursor, _ = connected(SmallQueue)
    for number in range(5):
        cursor.bypass(alert(number))

    assert cursor.take_unreported() == (2, [message_name(alert(n)) for n in (3, 4)])
    assert cursor.take_unreported() == (0, [])
    assert cursor.lost == 0  # the worker counts them


def test_capacity_is_below_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAXIMUM_AHEAD", 2)
    cursor, queue = connected()
    capacities = []
    for number in (1, 2, 3):
        capacities.append(cursor.has_capacity)
        cursor.forward(alert(number), number)

    assert capacities == [True, True, False]
    queue.deliver()
    assert cursor.has_capacity


def test_an_unreadable_message_is_skipped_in_order() -> None:
    cursor, queue = connected()
    cursor.forward(alert(1), 1)

    cursor.skip(2)  # while the first is in flight
    assert (cursor.forwarded, cursor.acked) == (2, 0)
    queue.deliver()
    cursor.skip(3)

    assert (cursor.forwarded, cursor.acked) == (3, 3)


def test_names_are_bounded_but_losses_are_all_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAXIMUM_UNREPORTED", 4)
    cursor = SinkCursor("a")
    due = []
    for number in range(6):
        cursor.record_loss(str(number), 2)
        due.append(cursor.is_report_due)

    assert cursor.lost == 12
    assert due == [False, False, True, True, True, True]
    assert cursor.take_unreported() == (12, ["0", "1", "2", "3"])
    assert not cursor.is_report_due


def test_at_the_end_messages_that_are_not_stored_are_named() -> None:
    cursor, queue = connected()
    cursor.forward(alert(1), 1)
    cursor.forward(alert(2))
    late = queue.undelivered.popleft()

    assert cursor.close() == (1, [message_name(alert(2))])

    cursor.on_delivered(late)  # by a worker that ended too late
    assert cursor.acked == 0
