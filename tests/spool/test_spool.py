"""Alerts are on disk before they are sent, and leave it when every sink has them."""

import os
import random
import re
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nmapwatchd.core.alert import Action, SensorEvent
from nmapwatchd.core.window_state import Changes
from nmapwatchd.spool.spool import Spool
from nmapwatchd.spool.store import FILE, UNREADABLE, Store
from tests.core.test_restore import fresh, loud
from tests.sinks.collector import wait_until
from tests.sinks.messages import BLIND
from tests.spool.building import Taker, alert, begun, ended, taker


def kept(folder: Path) -> int:
    """Return how many messages the file of a spool that has ended holds."""
    with sqlite3.connect(folder / "spool" / FILE) as file:
        found = file.execute("SELECT COUNT(*) FROM message").fetchone()[0]
    file.close()
    return int(found)


def put(spool: Spool, *numbers: int) -> None:
    for number in numbers:
        spool.put([alert(number)])


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


def test_a_sink_that_is_gone_loses_what_it_had_not_aloud(tmp_path: Path) -> None:
    spool, said = begun(tmp_path), list[str]()
    taker(spool, "a").took()
    put(spool, 1, 2)
    ended(spool)

    spool = begun(tmp_path, said.append)
    spool.keep_only({"b"})
    taker(spool, "b")
    ended(spool)

    assert spool.lost == 2
    assert said[0].startswith("a is told no more: what it did not have is lost: 2 messages: ")
    assert f"scan-opened {1:032x}, scan-opened {2:032x}" in said[0]
    assert kept(tmp_path) == 0


def test_a_sink_that_is_far_behind_is_fed_from_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmapwatchd.spool.feed.MAXIMUM_AHEAD", 10)
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


class Quick(Taker):
    """An outlet that is done at once."""

    def put(self, message: object) -> bool:
        self.taken.append(message)  # type: ignore[arg-type]
        threading.Thread(target=self.feed.done, args=[message]).start()
        return True


def test_an_overflow_loses_what_it_says_and_only_for_sinks_that_are_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmapwatchd.spool.feed.MAXIMUM_AHEAD", 3)
    said = list[str]()
    spool = begun(tmp_path, said.append, messages=5)
    away, well = taker(spool, "away", delivers=False), taker(spool, "well")

    for number in range(10):
        put(spool, number)
        wait_until(lambda: len(well.ids) == number + 1)  # noqa: B023 - it is used at once
        well.deliver()
    ended(spool)

    assert well.ids == list(range(10))
    assert spool.lost == 5
    assert "away: the spool is full; lost " in said[0]
    lost = "".join(said)
    assert [n for n in range(10) if f"{n:032x}" in lost] == [5, 6, 7, 8, 9]
    assert away.ids == [0, 1, 2]
    restarted = begun(tmp_path)
    taker(restarted, "well")
    taker(restarted, "away").took(0, 1, 2, 3, 4)


def test_an_overflow_names_every_message_that_it_loses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmapwatchd.spool.feed.MAXIMUM_AHEAD", 3)
    said = list[str]()
    spool = begun(tmp_path, said.append, messages=5)
    taker(spool, "away", delivers=False)
    put(spool, *range(300))
    ended(spool)

    named = re.findall("scan-opened ([0-9a-f]{32})", "".join(said))
    assert [int(name, 16) for name in named] == list(range(5, 300))
    assert not any(" more" in text for text in said)


def test_there_is_room_for_the_word_that_messages_were_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmapwatchd.spool.feed.MAXIMUM_AHEAD", 3)
    word = SensorEvent(Action.SENSOR_LOSING, 1, "2 messages; lost by away 2 in all")
    spool = begun(tmp_path, messages=5)
    taker(spool, "away", delivers=False)
    put(spool, *range(7))

    spool.put([word])
    put(spool, 7)
    ended(spool)

    assert spool.lost == 3
    spool = begun(tmp_path)
    sink = taker(spool, "away")
    wait_until(lambda: len(sink.taken) == 6)
    assert sink.ids == list(range(5))
    assert sink.taken[-1] == word
    ended(spool)


def test_without_a_directory_messages_are_handed_on_at_once() -> None:
    spool = begun(None)
    sink = taker(spool, "a")

    put(spool, 1)

    assert sink.ids == [1]
    assert (spool.fault, spool.remembered) == ("", ())
    ended(spool)


def test_open_scans_are_remembered_with_their_alerts(tmp_path: Path) -> None:
    core = fresh()
    alerts = loud(core, 0)
    states = core.changes().kept
    spool = begun(tmp_path)
    spool.put(alerts, Changes(states))
    ended(spool)

    spool = begun(tmp_path)
    assert spool.remembered == states
    spool.put((), Changes((), (states[0].event_id,)))
    ended(spool)

    assert begun(tmp_path).remembered == ()


# What the disk may do.


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of half a megabyte."""
    place = folder / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k,mode=700", "tmpfs", place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def fill(file: Path) -> None:
    """Write until there is no room."""
    with file.open("wb", buffering=0) as filler:
        while True:
            filler.write(b"x" * 512)


@pytest.mark.live
def test_a_full_disk_stops_no_alert_and_is_said_and_over_once_there_is_room(tmp_path: Path) -> None:
    said = list[str]()
    with small_disk(tmp_path) as disk:
        spool = begun(disk, said.append)
        sink = taker(spool, "a")
        put(spool, 1)
        wait_until(lambda: sink.ids == [1])
        filler = disk / "filler"
        with pytest.raises(OSError, match="No space"):
            fill(filler)
        numbers = [1]
        while not spool.fault:
            numbers.append(numbers[-1] + 1)
            put(spool, numbers[-1])
            wait_until(lambda: sink.ids == numbers)
        assert "full" in spool.fault
        filler.unlink()

        def well() -> bool:
            put(spool, 0)
            return not spool.fault

        wait_until(well)

        assert "alerts are said without being kept" in said[0]
        wait_until(lambda: said[-1].endswith("works again"))
        ended(spool)


@pytest.mark.live
def test_a_disk_that_can_only_be_read_stops_no_alert_and_is_said(tmp_path: Path) -> None:
    said = list[str]()
    with small_disk(tmp_path) as disk:
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        spool = begun(disk, said.append)
        sink = taker(spool, "a")

        put(spool, 1)
        sink.took(1)

        assert "Read-only" in spool.fault
        assert "Read-only" in said[0]
        ended(spool)


def test_a_file_that_cannot_be_read_is_moved_aside_aloud(tmp_path: Path) -> None:
    said = list[str]()
    (tmp_path / "spool").mkdir(mode=0o700)
    (tmp_path / "spool" / FILE).write_bytes(b"nothing that we wrote" * 999)

    spool = begun(tmp_path, said.append)
    sink = taker(spool, "a")
    put(spool, 1)
    sink.took(1)
    ended(spool)

    assert "cannot be read: file is not a database" in said[0]
    assert (tmp_path / "spool" / UNREADABLE).exists()
    assert kept(tmp_path) == 0


def test_a_file_that_is_damaged_while_we_run_costs_no_alert(tmp_path: Path) -> None:
    said = list[str]()
    spool = begun(tmp_path, said.append)
    sink = taker(spool, "a", delivers=False)
    put(spool, *range(50))
    sink.took(*range(50))
    for path in (tmp_path / "spool").iterdir():
        path.write_bytes(b"\xff" * 65_536)

    put(spool, *range(50, 100))

    sink.took(*range(100))
    ended(spool)


def test_a_record_that_cannot_be_read_is_said_and_the_next_is_delivered(tmp_path: Path) -> None:
    said = list[str]()
    spool = begun(tmp_path)
    taker(spool, "a", delivers=False)
    put(spool, 1, 2, 3)
    ended(spool)
    with sqlite3.connect(tmp_path / "spool" / FILE) as file:
        file.execute("UPDATE message SET body = CAST('{}' AS BLOB) WHERE name LIKE '%2'")
    file.close()

    spool = begun(tmp_path, said.append)
    taker(spool, "a").took(1, 3)
    ended(spool)

    assert spool.lost == 1
    assert f"scan-opened {2:032x} is lost" in said[0]


def test_a_disk_that_does_not_answer_holds_no_alert_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmapwatchd.spool.spool._WEDGED_SECONDS", 0.2)
    answers = threading.Event()
    write = Store.write

    def wedged(self: Store, *given: object) -> list[int]:
        answers.wait()
        return write(self, *given)  # type: ignore[arg-type]

    spool = begun(tmp_path)
    sink = taker(spool, "a")
    monkeypatch.setattr(Store, "write", wedged)
    put(spool, 1, 2)

    def arrived() -> bool:
        spool.look()
        return sink.ids == [1, 2] and spool.is_wedged

    wait_until(arrived)
    assert spool.fault == "the disk does not answer"
    answers.set()
    wait_until(lambda: spool.fault == "")
    put(spool, 3)
    wait_until(lambda: 3 in sink.ids)
    ended(spool)


def test_whoever_puts_never_waits_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()
    write = Store.write

    def wedged(self: Store, *given: object) -> list[int]:
        answers.wait()
        return write(self, *given)  # type: ignore[arg-type]

    spool = begun(tmp_path)
    taker(spool, "a")
    monkeypatch.setattr(Store, "write", wedged)
    began = time.monotonic()

    put(spool, *range(10_000))

    assert time.monotonic() - began < 5
    answers.set()
    ended(spool)


def test_whatever_stands_in_the_file_the_spool_starts_and_says_alerts(tmp_path: Path) -> None:
    """The invariant: a spool begins on any file, hands on what is put, and ends."""
    dice = random.Random(8)  # noqa: S311 - the same damage each time
    spool = begun(tmp_path)
    taker(spool, "a", delivers=False)
    core = fresh()
    spool.put(loud(core, 0), core.changes())
    put(spool, *range(40))
    ended(spool)
    file = tmp_path / "spool" / FILE
    whole = file.read_bytes()
    for _ in range(40):
        damaged = bytearray(whole)
        for _ in range(dice.choice([1, 10, 1000])):
            damaged[dice.choice([dice.randrange(len(damaged)), dice.randrange(120)])] ^= (
                1 << dice.randrange(8)
            )
        file.write_bytes(damaged)
        for ending in ("-wal", "-journal"):
            file.with_name(f"{FILE}{ending}").unlink(missing_ok=True)

        spool = begun(tmp_path)
        sink = taker(spool, "a")
        put(spool, 999)
        wait_until(lambda: 999 in sink.ids)  # noqa: B023 - it is used at once
        ended(spool)
