"""Whatever the disk does, no alert is delayed, and the operator is notified."""

import random
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nmapwatchd.delivery import recovering_store
from nmapwatchd.delivery.recovering_store import RecoveringStore
from nmapwatchd.delivery.store import FILE, UNREADABLE, Record, Store, StoreError
from tests.core.windows.test_changes import fresh, loud
from tests.delivery.building import MEBIBYTE, alert_name, connect, put, start, stop, stored
from tests.sinks.collector import wait_until


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of half a megabyte."""
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k,mode=700", "tmpfs", disk], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def fill(file: Path) -> None:
    """Write until there is no space left."""
    with file.open("wb", buffering=0) as filler:
        while True:
            filler.write(b"x" * 512)


@pytest.mark.live
def test_a_full_disk_stops_no_alert_and_is_logged_until_there_is_space(tmp_path: Path) -> None:
    log = list[str]()
    with small_disk(tmp_path) as disk:
        spool = start(disk, log.append)
        sink = connect(spool, "a")
        put(spool, 1)
        wait_until(lambda: sink.ids == [1])
        filler = disk / "filler"
        with pytest.raises(OSError, match="No space"):
            fill(filler)
        numbers = [1]
        while not spool.error:
            numbers.append(numbers[-1] + 1)
            put(spool, numbers[-1])
            wait_until(lambda: sink.ids == numbers)
        assert "full" in spool.error
        filler.unlink()

        def recovered() -> bool:
            put(spool, 0)
            return not spool.error

        wait_until(recovered)

        assert "messages are sent without being stored" in log[0]
        wait_until(lambda: log[-1].endswith("stores messages again"))
        stop(spool)


@pytest.mark.live
def test_a_read_only_disk_stops_no_alert_and_is_logged(tmp_path: Path) -> None:
    log = list[str]()
    with small_disk(tmp_path) as disk:
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        spool = start(disk, log.append)
        sink = connect(spool, "a")

        put(spool, 1)
        sink.expect(1)

        assert "Read-only" in spool.error
        assert "Read-only" in log[0]
        stop(spool)


def test_a_directory_that_is_absent_at_first_is_used_when_it_appears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovering_store, "RETRY_SECONDS", 0.0)
    log = list[str]()
    parent = tmp_path / "absent"
    spool = start(parent, log.append)
    assert spool.error == "No such file or directory"

    parent.mkdir()
    wait_until(lambda: spool.error == "")
    wait_until(lambda: len(log) == 2)

    assert [text.rpartition(": ")[2] for text in log] == [
        "No such file or directory; messages are sent without being stored",
        "stores messages again",
    ]
    stop(spool)


def test_an_unreadable_file_is_quarantined_and_logged(tmp_path: Path) -> None:
    log = list[str]()
    (tmp_path / "spool").mkdir(mode=0o700)
    (tmp_path / "spool" / FILE).write_bytes(b"not a database" * 999)

    spool = start(tmp_path, log.append)
    sink = connect(spool, "a")
    put(spool, 1)
    sink.expect(1)
    stop(spool)

    assert "is unreadable: file is not a database" in log[0]
    assert (tmp_path / "spool" / UNREADABLE).exists()
    assert stored(tmp_path) == 0


def test_a_file_damaged_while_in_use_costs_no_alert(tmp_path: Path) -> None:
    spool = start(tmp_path)
    sink = connect(spool, "a", delivers=False)
    put(spool, *range(50))
    sink.expect(*range(50))
    for path in (tmp_path / "spool").iterdir():
        path.write_bytes(b"\xff" * 65_536)

    put(spool, *range(50, 100))

    sink.expect(*range(100))
    stop(spool)


def test_an_unreadable_record_is_logged_and_the_next_is_delivered(tmp_path: Path) -> None:
    log = list[str]()
    spool = start(tmp_path)
    connect(spool, "a", delivers=False)
    put(spool, 1, 2, 3)
    stop(spool)
    with sqlite3.connect(tmp_path / "spool" / FILE) as file:
        damage = "UPDATE message SET body = CAST('{}' AS BLOB) WHERE name = ?"
        file.execute(damage, (alert_name(2),))
    file.close()

    spool = start(tmp_path, log.append)
    sink = connect(spool, "a")
    sink.expect(1, 3)
    stop(spool)

    assert sink.cursor.lost == 1
    assert f"lost {alert_name(2)}: unreadable record: " in log[0]


def stall(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Let the disk not respond until the returned event is set."""
    responds = threading.Event()
    write = Store.write

    def wait(self: Store, *arguments: object) -> list[int]:
        responds.wait()
        return write(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "write", wait)
    return responds


def test_a_disk_that_does_not_respond_delays_no_alert(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmapwatchd.delivery.spool._STALLED_SECONDS", 0.2)
    spool = start(tmp_path)
    sink = connect(spool, "a")
    responds = stall(monkeypatch)
    put(spool, 1, 2)

    def arrived() -> bool:
        spool.poll()
        return sink.ids == [1, 2] and spool.is_stalled

    wait_until(arrived)
    assert spool.error == "the disk does not respond"
    responds.set()
    wait_until(lambda: spool.error == "")
    put(spool, 3)
    wait_until(lambda: 3 in sink.ids)
    stop(spool)


def test_a_caller_never_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = start(tmp_path)
    connect(spool, "a")
    responds = stall(monkeypatch)
    started_at = time.monotonic()

    put(spool, *range(10_000))

    assert time.monotonic() - started_at < 5
    responds.set()
    stop(spool)


def test_with_any_content_of_the_file_the_spool_starts_and_forwards(tmp_path: Path) -> None:
    """The invariant: a spool starts with any file, forwards what is put, and stops."""
    dice = random.Random(8)  # noqa: S311 - the same damage each time
    spool = start(tmp_path)
    connect(spool, "a", delivers=False)
    core = fresh()
    outcome = loud(core, 0)
    spool.put(outcome.alerts, outcome.changes)
    put(spool, *range(40))
    stop(spool)
    file = tmp_path / "spool" / FILE
    whole = file.read_bytes()
    for _ in range(40):
        damaged = bytearray(whole)
        for _ in range(dice.choice([1, 10, 1000])):
            damaged[dice.choice([dice.randrange(len(damaged)), dice.randrange(120)])] ^= (
                1 << dice.randrange(8)
            )
        file.write_bytes(damaged)
        for suffix in ("-wal", "-journal"):
            file.with_name(f"{FILE}{suffix}").unlink(missing_ok=True)

        spool = start(tmp_path)
        sink = connect(spool, "a")
        put(spool, 999)
        wait_until(lambda: 999 in sink.ids)  # noqa: B023 - it is used at once
        stop(spool)


def recovering(folder: Path, log: list[str], opened: list[Store] | None = None) -> RecoveringStore:
    on_open = (lambda _store: None) if opened is None else opened.append
    return RecoveringStore(folder / "spool", 10, MEBIBYTE, on_open, log.append)


def fail(_store: Store) -> None:
    raise StoreError("disk I/O error")


def write(store: Store) -> list[int]:
    return store.write([Record("name", b"body")], {})


def test_after_an_error_the_store_is_left_alone_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovering_store, "RETRY_SECONDS", 0.2)
    opened, log = list[Store](), list[str]()
    store = recovering(tmp_path, log, opened)
    assert store.attempt(write) == [1]

    assert store.attempt(fail) is None

    assert store.error == "disk I/O error"
    assert store.attempt(write) is None
    assert len(opened) == 1
    time.sleep(0.2)
    assert store.attempt(write) == [2]
    assert len(opened) == 2
    store.close()


def test_numbers_continue_after_an_unreadable_file(tmp_path: Path) -> None:
    store = recovering(tmp_path, [])
    assert store.attempt(write) == [1]
    store._fail("an error, which closes the file")
    store._retry_at = 0.0
    (tmp_path / "spool" / FILE).write_bytes(b"not a database" * 999)

    assert store.attempt(write) is None  # quarantines the file
    assert store.attempt(write) == [2]
    store.close()


def test_a_change_is_logged_once(tmp_path: Path) -> None:
    log = list[str]()
    store = recovering(tmp_path, log)
    store.report()
    assert log == []

    store.attempt(fail)
    store.report()
    store.report()
    store.mark_healthy()
    store.report()

    assert [text.removeprefix(f"{store.name}: ") for text in log] == [
        "disk I/O error; messages are sent without being stored",
        "stores messages again",
    ]


def test_an_unreadable_window_is_logged_and_left_out(tmp_path: Path) -> None:
    log = list[str]()
    store = recovering(tmp_path, log)
    store.attempt(lambda opened: opened.write([], {}, [("id", b"{}")]))

    assert list(store.windows()) == []

    assert len(log) == 1
    assert "open scan not restored: " in log[0]
    store.close()
