"""Alerts are on disk before they are sent, and leave it when every sink has them."""

import os
import time
from pathlib import Path

import pytest

from nmapwatchd.core.windows.changes import WindowChanges
from nmapwatchd.delivery.store import Store
from tests.core.windows.test_changes import fresh, loud
from tests.delivery.building import Quick, begun, ended, kept, put, taker
from tests.formats.messages import BLIND
from tests.sinks.collector import wait_until


def test_messages_are_handed_on_in_order(tmp_path: Path) -> None:
    spool = begun(tmp_path)
    sink = taker(spool, "a")

    put(spool, *range(500))
    spool.put([BLIND])
    ended(spool)

    assert sink.ids == list(range(500))
    assert sink.taken[-1] == BLIND


def test_a_message_is_on_disk_before_it_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = list[str]()
    write = Store.write

    def slow(self: Store, *given: object) -> list[int]:
        time.sleep(0.2)
        numbers = write(self, *given)  # type: ignore[arg-type]
        order.append("written")
        return numbers

    monkeypatch.setattr(Store, "write", slow)
    spool = begun(tmp_path)
    sink = taker(spool, "a")
    sink.feed.connect(sink)

    put(spool, 1)
    wait_until(lambda: bool(sink.taken))
    order.append("handed")

    assert order[:2] == ["written", "handed"]
    ended(spool)


def test_what_every_sink_has_leaves_the_disk(tmp_path: Path) -> None:
    spool = begun(tmp_path)
    one, two = taker(spool, "one"), taker(spool, "two", delivers=False)
    put(spool, 1, 2, 3)
    one.took(1, 2, 3)
    two.took(1, 2, 3)
    ended(spool)
    assert kept(tmp_path) == 3

    spool = begun(tmp_path)
    one, two = taker(spool, "one"), taker(spool, "two")
    two.took(1, 2, 3)
    ended(spool)

    assert one.ids == []
    assert kept(tmp_path) == 0


def test_after_a_kill_what_was_not_delivered_is_delivered_in_order(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        spool = begun(tmp_path)
        sink = taker(spool, "a", delivers=False)
        put(spool, *range(100))
        wait_until(lambda: len(sink.ids) == 100)
        for _ in range(40):
            sink.feed.done(sink.held.popleft())
        put(spool, 100)  # writes down with it how far the sink has come
        wait_until(lambda: len(sink.ids) == 101)
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)

    spool = begun(tmp_path)
    sink = taker(spool, "a")

    sink.took(*range(40, 101))
    ended(spool)


def test_a_sink_that_is_new_gets_what_comes_after(tmp_path: Path) -> None:
    spool = begun(tmp_path)
    old = taker(spool, "old", delivers=False)
    put(spool, 1)
    old.took(1)

    new = taker(spool, "new")
    put(spool, 2)

    new.took(2)
    ended(spool)


def test_a_sink_that_is_far_behind_is_fed_from_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmapwatchd.delivery.cursor.MAXIMUM_AHEAD", 10)
    spool = begun(tmp_path)
    slow, quick = taker(spool, "slow", delivers=False), Quick(spool.feed("quick"))
    quick.feed.connect(quick)
    for number in range(300):
        put(spool, number)
    wait_until(lambda: len(quick.ids) == 300)
    assert len(slow.ids) < 300

    def catches_up() -> bool:
        slow.deliver()
        return len(slow.ids) == 300

    wait_until(catches_up)
    slow.deliver()
    ended(spool)
    assert slow.ids == list(range(300))
    assert kept(tmp_path) == 0


def test_open_scans_are_remembered_with_their_alerts(tmp_path: Path) -> None:
    core = fresh()
    outcome = loud(core, 0)
    states = outcome.changes.kept
    spool = begun(tmp_path)
    spool.put(outcome.alerts, outcome.changes)
    ended(spool)

    spool = begun(tmp_path)
    assert spool.remembered == states
    spool.put((), WindowChanges((), (states[0].scan_id,)))
    ended(spool)

    assert begun(tmp_path).remembered == ()


# What the disk may do.
