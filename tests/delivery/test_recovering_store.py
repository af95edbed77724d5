"""Whatever the disk does, no alert is held up, and the operator is told."""

import random
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nmapwatchd.delivery.store import FILE, UNREADABLE, Store
from tests.core.windows.test_changes import fresh, loud
from tests.delivery.building import begun, ended, kept, put, taker
from tests.sinks.collector import wait_until


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


def wedged(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Have the disk answer nothing from now on, until what is returned is set."""
    answers = threading.Event()
    write = Store.write

    def wait(self: Store, *given: object) -> list[int]:
        answers.wait()
        return write(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "write", wait)
    return answers


def test_a_disk_that_does_not_answer_holds_no_alert_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmapwatchd.delivery.spool._WEDGED_SECONDS", 0.2)
    spool = begun(tmp_path)
    sink = taker(spool, "a")
    answers = wedged(monkeypatch)
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
    spool = begun(tmp_path)
    taker(spool, "a")
    answers = wedged(monkeypatch)
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
    outcome = loud(core, 0)
    spool.put(outcome.alerts, outcome.changes)
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
