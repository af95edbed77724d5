"""Messages are on disk before they are sent, and stay until every sink has them."""

import os
import re
import time
from pathlib import Path

import pytest

from nmapwatchd.core.alert import Action, SensorEvent
from nmapwatchd.core.windows.changes import WindowChanges
from nmapwatchd.delivery import spool as module
from nmapwatchd.delivery.store import Store
from tests.core.windows.test_changes import fresh, loud
from tests.delivery.building import (
    ImmediateQueue,
    SmallQueue,
    alert,
    alert_name,
    connect,
    put,
    start,
    stop,
    stored,
)
from tests.formats.messages import BLIND
from tests.sinks.collector import wait_until


def test_messages_are_forwarded_in_order(tmp_path: Path) -> None:
    spool = start(tmp_path)
    sink = connect(spool, "a")

    put(spool, *range(500))
    spool.put([BLIND])
    stop(spool)

    assert sink.ids == list(range(500))
    assert sink.received[-1] == BLIND


def test_a_message_is_on_disk_before_it_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = list[str]()
    write = Store.write

    def slow(self: Store, *arguments: object) -> list[int]:
        time.sleep(0.2)
        numbers = write(self, *arguments)  # type: ignore[arg-type]
        order.append("written")
        return numbers

    monkeypatch.setattr(Store, "write", slow)
    spool = start(tmp_path)
    sink = connect(spool, "a")

    put(spool, 1)
    wait_until(lambda: bool(sink.received))
    order.append("forwarded")

    assert order[:2] == ["written", "forwarded"]
    stop(spool)


def test_messages_that_every_sink_has_leave_the_disk(tmp_path: Path) -> None:
    spool = start(tmp_path)
    one, two = connect(spool, "one"), connect(spool, "two", delivers=False)
    put(spool, 1, 2, 3)
    one.expect(1, 2, 3)
    two.expect(1, 2, 3)
    stop(spool)
    assert stored(tmp_path) == 3

    spool = start(tmp_path)
    one, two = connect(spool, "one"), connect(spool, "two")
    two.expect(1, 2, 3)
    stop(spool)

    assert one.ids == []
    assert stored(tmp_path) == 0


def test_after_a_kill_undelivered_messages_are_delivered_in_order(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        spool = start(tmp_path)
        sink = connect(spool, "a", delivers=False)
        put(spool, *range(100))
        wait_until(lambda: len(sink.ids) == 100)
        for _ in range(40):
            sink.cursor.on_delivered(sink.undelivered.popleft())
        put(spool, 100)  # writes the sink's position with it
        wait_until(lambda: len(sink.ids) == 101)
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)

    spool = start(tmp_path)
    sink = connect(spool, "a")

    sink.expect(*range(40, 101))
    stop(spool)


def test_a_new_sink_receives_later_messages_only(tmp_path: Path) -> None:
    spool = start(tmp_path)
    old = connect(spool, "old", delivers=False)
    put(spool, 1)
    old.expect(1)

    new = connect(spool, "new")
    put(spool, 2)

    new.expect(2)
    stop(spool)


def test_a_backlogged_sink_is_fed_from_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmapwatchd.delivery.cursor.MAXIMUM_AHEAD", 10)
    spool = start(tmp_path)
    slow = connect(spool, "slow", delivers=False)
    quick = connect(spool, "quick", kind=ImmediateQueue)
    for number in range(300):
        put(spool, number)
    wait_until(lambda: len(quick.ids) == 300)
    assert len(slow.ids) < 300

    def catches_up() -> bool:
        slow.deliver()
        return len(slow.ids) == 300

    wait_until(catches_up)
    slow.deliver()
    stop(spool)
    assert slow.ids == list(range(300))
    assert stored(tmp_path) == 0


def test_open_windows_are_stored_with_their_alerts(tmp_path: Path) -> None:
    core = fresh()
    outcome = loud(core, 0)
    states = outcome.changes.kept
    spool = start(tmp_path)
    spool.put(outcome.alerts, outcome.changes)
    stop(spool)

    spool = start(tmp_path)
    assert spool.open_windows == states
    spool.put((), WindowChanges((), (states[0].scan_id,)))
    stop(spool)

    assert start(tmp_path).open_windows == ()


# Without a directory.


def test_without_a_directory_messages_are_forwarded_immediately() -> None:
    spool = start(None)
    sink = connect(spool, "a")

    put(spool, 1)

    assert sink.ids == [1]
    assert (spool.error, spool.open_windows) == ("", ())
    stop(spool)


def named(log: list[str]) -> list[int]:
    """Return the numbers of the alerts that a log names."""
    numbers = {alert_name(number): number for number in range(300)}
    return [numbers[name] for name in re.findall("scan-opened [0-9a-f]{32}", "".join(log))]


def test_without_a_directory_messages_beyond_a_queue_are_named() -> None:
    log = list[str]()
    spool = start(None, log.append)
    connect(spool, "away", kind=SmallQueue)
    put(spool, *range(300))

    spool.poll()

    assert named(log) == list(range(3, 300))
    assert all(text.startswith("away: lost ") for text in log)


def test_without_a_directory_later_losses_are_named_a_minute_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = list[str]()
    spool = start(None, log.append)
    connect(spool, "away", kind=SmallQueue)
    put(spool, *range(4))
    spool.poll()
    put(spool, 4)

    spool.poll()
    before = named(log)
    monkeypatch.setattr(module, "_REPORT_SECONDS", 0.0)
    spool.poll()

    assert (before, named(log)) == ([3], [3, 4])


def test_losses_are_named_at_once_before_their_names_exceed_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nmapwatchd.delivery.cursor.MAXIMUM_UNREPORTED", 4)
    log = list[str]()
    spool = start(None, log.append)
    connect(spool, "away", kind=SmallQueue)
    put(spool, *range(4))
    spool.poll()
    put(spool, 4, 5)
    spool.poll()
    assert named(log) == [3]

    put(spool, 6)
    spool.poll()

    assert named(log) == [3, 4, 5, 6]


def test_without_a_directory_messages_undelivered_at_the_end_are_named() -> None:
    log = list[str]()
    spool = start(None, log.append)
    connect(spool, "away", kind=SmallQueue)
    put(spool, *range(5))

    stop(spool)

    assert named(log) == [0, 1, 2, 3, 4]
    assert log[0].startswith("away: not stored and possibly not delivered: 3 messages: ")


def test_stored_messages_are_not_reported_lost_at_the_end(tmp_path: Path) -> None:
    log = list[str]()
    spool = start(tmp_path, log.append)
    connect(spool, "away", kind=SmallQueue)
    put(spool, *range(5))

    stop(spool)

    assert log == ["away: 5 messages stored for the next start"]


# Losses.


def test_a_removed_sink_loses_its_messages_and_the_log_names_them(tmp_path: Path) -> None:
    spool, log = start(tmp_path), list[str]()
    connect(spool, "a").expect()
    put(spool, 1, 2)
    stop(spool)

    spool = start(tmp_path, log.append)
    discarded = spool.discard_except({"b"})
    connect(spool, "b")
    stop(spool)

    assert discarded == {"a": 2}
    assert log[0].startswith("a removed, discarding 2 messages: ")
    assert f"{alert_name(1)}, {alert_name(2)}" in log[0]
    assert stored(tmp_path) == 0


def test_an_overflow_loses_only_messages_of_backlogged_sinks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmapwatchd.delivery.cursor.MAXIMUM_AHEAD", 3)
    log = list[str]()
    spool = start(tmp_path, log.append, messages=5)
    away, healthy = connect(spool, "away", delivers=False), connect(spool, "healthy")

    for number in range(10):
        put(spool, number)
        wait_until(lambda: len(healthy.ids) == number + 1)  # noqa: B023 - it is used at once
        healthy.deliver()
    stop(spool)

    assert healthy.ids == list(range(10))
    assert (away.cursor.lost, healthy.cursor.lost) == (5, 0)
    assert "away: lost " in log[0]
    assert sorted(set(named(log))) == [5, 6, 7, 8, 9]
    assert away.ids == [0, 1, 2]
    restarted = start(tmp_path)
    connect(restarted, "healthy")
    connect(restarted, "away").expect(0, 1, 2, 3, 4)


def test_an_overflow_names_every_message_that_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmapwatchd.delivery.cursor.MAXIMUM_AHEAD", 3)
    log = list[str]()
    spool = start(tmp_path, log.append, messages=5)
    connect(spool, "away", delivers=False)
    put(spool, *range(300))
    stop(spool)

    assert named(log) == list(range(5, 300))
    assert not any(" more" in text for text in log)


def test_a_full_spool_has_capacity_for_the_report_of_losses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmapwatchd.delivery.cursor.MAXIMUM_AHEAD", 3)
    report = SensorEvent(Action.SENSOR_UNDELIVERED, 1, "2 messages; lost by away 2 in total")
    spool = start(tmp_path, messages=5)
    away = connect(spool, "away", delivers=False)
    put(spool, *range(7))

    spool.put([report])
    put(spool, 7)
    stop(spool)

    assert away.cursor.lost == 3
    spool = start(tmp_path)
    sink = connect(spool, "away")
    wait_until(lambda: len(sink.received) == 6)
    assert sink.ids == list(range(5))
    assert sink.received[-1] == report
    stop(spool)


def test_beyond_its_bound_the_queue_for_the_disk_is_bypassed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAXIMUM_QUEUED", 2)
    spool = start(tmp_path)
    sink = connect(spool, "a")
    with spool._condition:  # the thread cannot take the entries meanwhile
        for number in range(2):
            spool.put([alert(number)])
        assert sink.ids == []

        spool.put([alert(2)])

        assert sink.ids == [0, 1, 2]
    stop(spool)
    assert sink.ids == [0, 1, 2]
