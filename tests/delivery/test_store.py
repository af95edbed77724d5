"""The store has its messages, in order, until every sink has them."""

import os
import random
import sqlite3
import stat
from pathlib import Path

import pytest

from nmapwatchd.delivery import store as module
from nmapwatchd.delivery.priority import Priority
from nmapwatchd.delivery.store import (
    FILE,
    Record,
    Store,
    StoreError,
    UnreadableError,
    quarantine,
)

MEBIBYTE = 1 << 20


def opened(folder: Path, messages: int = 100, size: int = MEBIBYTE, floor: int = 0) -> Store:
    return Store(folder / "spool", messages, size, floor)


def numbered(*numbers: int) -> list[Record]:
    return [Record(str(n), b"%d" % n) for n in numbers]


def bodies(store: Store, after: int = 0) -> list[bytes]:
    return [body for _, _, body in store.after(after, 100)]


def test_written_records_survive_the_process(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        store = opened(tmp_path)
        store.register("a", 0)
        store.write(numbered(1, 2), {}, [("id", b"window")])
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)

    store = opened(tmp_path)

    assert bodies(store) == [b"1", b"2"]
    assert store.windows() == [b"window"]
    assert store.sinks() == {"a": 0}


def test_a_message_is_removed_when_every_sink_has_it(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.register("a", 0)
    store.register("b", 0)
    numbers = store.write(numbered(1, 2, 3), {})

    store.write([], {"a": numbers[2]})
    assert bodies(store) == [b"1", b"2", b"3"]
    store.write([], {"b": numbers[1]})

    assert bodies(store) == [b"3"]
    assert (store.messages, store.bytes) == (1, 1)


def test_an_unregistered_sink_keeps_no_messages(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.register("a", 0)
    store.register("b", 0)
    store.write([], {"a": store.write(numbered(1), {})[0]})

    store.unregister("b")

    assert bodies(store) == []


def test_beyond_its_bounds_it_stores_nothing_and_reports_it(tmp_path: Path) -> None:
    store = opened(tmp_path, messages=2)
    store.register("a", 0)

    first = store.write(numbered(1, 2, 3), {})
    store.write([], {"a": first[0]})

    assert [bool(number) for number in first] == [True, True, False]
    assert all(store.write(numbered(4), {}))
    assert bodies(store) == [b"2", b"4"]


def test_its_bytes_are_bounded(tmp_path: Path) -> None:
    store = opened(tmp_path, size=10)
    store.register("a", 0)

    records = [Record("x", b"12345678"), Record("y", b"123")]

    assert [bool(n) for n in store.write(records, {})] == [True, False]


def test_windows_are_replaced_removed_and_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmapwatchd.delivery.store.MAXIMUM_WINDOWS", 3)
    store = opened(tmp_path)

    store.write([], {}, [("a", b"1"), ("b", b"1"), ("a", b"2")])
    store.write([], {}, [], ["b"])
    assert store.windows() == [b"2"]
    store.write([], {}, [(str(n), b"%d" % n) for n in range(5)])

    assert sorted(store.windows()) == [b"2", b"3", b"4"]


def test_numbers_are_never_reused(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.register("a", 0)
    (number,) = store.write(numbered(1), {})
    store.write([], {"a": number})
    store.close()

    store = opened(tmp_path)

    assert store.write(numbered(2), {})[0] > number
    store.close()
    assert opened(tmp_path, floor=1000).write(numbered(3), {}) == [1001]


def test_directory_and_file_belong_to_the_service(tmp_path: Path) -> None:
    opened(tmp_path).write(numbered(1), {})

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    assert modes.pop("spool") == 0o700
    assert set(modes.values()) == {0o600}


def test_a_directory_that_others_may_write_to_is_refused(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool").chmod(0o777)

    with pytest.raises(StoreError, match="writable or owned by other users"):
        opened(tmp_path)


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir(mode=0o700)
    (tmp_path / "elsewhere").write_text("not ours")
    (tmp_path / "spool" / FILE).symlink_to(tmp_path / "elsewhere")

    with pytest.raises(StoreError):
        opened(tmp_path)
    assert (tmp_path / "elsewhere").read_text() == "not ours"


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.write([], {})

    with pytest.raises(StoreError, match="locked"):
        opened(tmp_path)


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    opened(tmp_path).close()
    with sqlite3.connect(tmp_path / "spool" / FILE) as other:
        other.execute("PRAGMA user_version = 7")
    other.close()

    with pytest.raises(
        UnreadableError, match=f"unknown version 7, expected {module.SCHEMA_VERSION}"
    ):
        opened(tmp_path)


def test_an_unreadable_file_is_quarantined(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir(mode=0o700)
    (tmp_path / "spool" / FILE).write_bytes(b"no database at all" * 1000)
    with pytest.raises(UnreadableError):
        opened(tmp_path)

    moved_to = quarantine(tmp_path / "spool")

    assert moved_to.read_bytes().startswith(b"no database")
    assert opened(tmp_path).messages == 0


def test_any_content_of_the_file_is_used_or_refused(tmp_path: Path) -> None:
    """The invariant: nothing but a StoreError is raised, whatever the damage."""
    dice = random.Random(5)  # noqa: S311 - the same damage each time
    store = opened(tmp_path)
    store.register("a", 0)
    records = [Record(str(n), b"x" * dice.randrange(2000)) for n in range(60)]
    store.write(records, {}, [("w", b"y" * 500)])
    store.close()
    file = tmp_path / "spool" / FILE
    whole = file.read_bytes()
    refused = 0
    for _ in range(100):
        damaged = bytearray(whole[: dice.choice([len(whole), dice.randrange(len(whole))])])
        for _ in range(dice.choice([1, 3, 100])):
            if damaged:
                at = dice.choice([dice.randrange(len(damaged)), dice.randrange(200) % len(damaged)])
                damaged[at] = dice.randrange(256)
        file.write_bytes(damaged)
        for suffix in ("-wal", "-journal"):
            file.with_name(f"{FILE}{suffix}").unlink(missing_ok=True)
        try:
            found = opened(tmp_path)
        except StoreError:
            refused += 1
            continue
        try:
            found.sinks(), found.windows()
            found.after(0, 100)
            found.write([Record("new", b"new")], {"a": 30}, [("v", b"z")], ["w"])
        except StoreError:
            refused += 1
        found.close()

    assert 0 < refused < 100


# Bounds.


def test_the_bound_of_messages_is_exact_with_and_without_the_reserve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RESERVED_MESSAGES", 2)
    store = opened(tmp_path, messages=3)
    store.register("a", 0)

    plain = store.write(numbered(1, 2, 3, 4), {})
    reserved = store.write([Record("loss", b"x", Priority.SENSOR)] * 3, {})

    assert plain == [1, 2, 3, 0]
    assert reserved == [4, 5, 0]
    assert store.messages == 5


def test_the_bound_of_bytes_is_exact_with_and_without_the_reserve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RESERVED_BYTES", 4)
    store = opened(tmp_path, size=10)
    store.register("a", 0)

    plain = store.write([Record("x", b"1" * 6), Record("y", b"1" * 4), Record("z", b"1")], {})
    reserved = store.write(
        [Record("loss", b"1" * 4, Priority.SENSOR), Record("loss", b"1", Priority.SENSOR)], {}
    )

    assert plain == [1, 2, 0]
    assert reserved == [3, 0]
    assert store.bytes == 14


def test_scans_that_may_be_forged_leave_a_quarter_to_the_others(tmp_path: Path) -> None:
    for name, bounds in (("a", {"messages": 8}), ("b", {"size": 8})):
        (tmp_path / name).mkdir()
        store = opened(tmp_path / name, **bounds)
        store.register("a", 0)

        forged = store.write([Record("scan", b"x", Priority.UNPROVEN)] * 8, {})
        proven = store.write([Record("scan", b"x", Priority.PROVEN)] * 3, {})

        assert forged == [1, 2, 3, 4, 5, 6, 0, 0]
        assert proven == [7, 8, 0]


def test_a_record_beyond_the_maximum_is_not_stored(tmp_path: Path) -> None:
    largest = b"x" * module.MAXIMUM_RECORD
    store = opened(tmp_path, size=3 * module.MAXIMUM_RECORD)
    store.register("a", 0)

    sequences = store.write([Record("x", largest), Record("y", largest + b"x")], {})
    store.write([], {}, [("w", largest), ("v", largest + b"x")])

    assert sequences == [1, 0]
    assert store.windows() == [largest]


def test_the_bytes_of_windows_are_bounded_and_the_oldest_is_evicted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAXIMUM_WINDOW_BYTES", 6)
    store = opened(tmp_path)

    store.write([], {}, [("a", b"111"), ("b", b"222")])
    assert sorted(store.windows()) == [b"111", b"222"]
    store.write([], {}, [("a", b"333"), ("c", b"4")])

    assert sorted(store.windows()) == [b"333", b"4"]


def test_bounds_count_what_an_earlier_process_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAXIMUM_WINDOWS", 2)
    store = opened(tmp_path)
    store.register("a", 0)
    store.write(numbered(1, 2), {}, [("a", b"1"), ("b", b"2")])
    store.close()

    store = opened(tmp_path, messages=3)
    sequences = store.write(numbered(3, 4), {}, [("c", b"3")])

    assert sequences == [3, 0]
    assert (store.messages, store.bytes) == (3, 3)
    assert sorted(store.windows()) == [b"2", b"3"]


def test_without_a_sink_no_message_is_kept(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.register("a", 0)
    store.write(numbered(1, 2), {})

    store.unregister("a")

    assert (bodies(store), store.messages, store.bytes) == ([], 0, 0)


def test_messages_after_a_number_are_counted_and_limited(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.register("a", 0)
    store.write(numbered(1, 2, 3), {})

    assert [store.count_after(number) for number in (0, 2, 3)] == [3, 1, 0]
    assert store.after(1, 1) == [(2, "2", b"2")]


def test_registering_again_keeps_the_position(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.register("a", 5)

    store.register("a", 9)

    assert store.sinks() == {"a": 5}


def test_a_file_that_is_not_regular_is_refused(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir(mode=0o700)
    os.mkfifo(tmp_path / "spool" / FILE)

    with pytest.raises(StoreError, match="not a regular file"):
        opened(tmp_path)
