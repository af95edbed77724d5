"""The store holds what it was given, in order, until every sink has it."""

import os
import random
import sqlite3
import stat
from pathlib import Path

import pytest

from nmapwatchd.delivery.store import FILE, Store, StoreError, UnreadableError, quarantine

MEBIBYTE = 1 << 20


def opened(folder: Path, messages: int = 100, size: int = MEBIBYTE, floor: int = 0) -> Store:
    return Store(folder / "spool", messages, size, floor)


def numbered(*numbers: int) -> list[tuple[str, bytes]]:
    return [(str(n), b"%d" % n) for n in numbers]


def bodies(store: Store, after: int = 0) -> list[bytes]:
    return [body for _, _, body in store.after(after, 100)]


def test_what_was_written_is_there_after_the_process_is_gone(tmp_path: Path) -> None:
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


def test_a_message_leaves_when_every_sink_has_it(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.register("a", 0)
    store.register("b", 0)
    numbers = store.write(numbered(1, 2, 3), {})

    store.write([], {"a": numbers[2]})
    assert bodies(store) == [b"1", b"2", b"3"]
    store.write([], {"b": numbers[1]})

    assert bodies(store) == [b"3"]
    assert (store.messages, store.bytes) == (1, 1)


def test_a_sink_that_is_dismissed_holds_nothing_back(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.register("a", 0)
    store.register("b", 0)
    store.write([], {"a": store.write(numbered(1), {})[0]})

    store.unregister("b")

    assert bodies(store) == []


def test_beyond_its_bounds_it_takes_nothing_and_says_so(tmp_path: Path) -> None:
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

    assert [bool(n) for n in store.write([("x", b"12345678"), ("y", b"123")], {})] == [True, False]


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


def test_numbers_never_come_again(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.register("a", 0)
    (number,) = store.write(numbered(1), {})
    store.write([], {"a": number})
    store.close()

    store = opened(tmp_path)

    assert store.write(numbered(2), {})[0] > number
    store.close()
    assert opened(tmp_path, floor=1000).write(numbered(3), {}) == [1001]


def test_directory_and_file_are_the_service_s_own(tmp_path: Path) -> None:
    opened(tmp_path).write(numbered(1), {})

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    assert modes.pop("spool") == 0o700
    assert set(modes.values()) == {0o600}


def test_a_directory_where_others_write_is_refused(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool").chmod(0o777)

    with pytest.raises(StoreError, match="others may write there"):
        opened(tmp_path)


def test_a_link_in_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
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

    with pytest.raises(UnreadableError, match="of version 7"):
        opened(tmp_path)


def test_a_file_that_cannot_be_read_is_moved_aside(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir(mode=0o700)
    (tmp_path / "spool" / FILE).write_bytes(b"no database at all" * 1000)
    with pytest.raises(UnreadableError):
        opened(tmp_path)

    kept = quarantine(tmp_path / "spool")

    assert kept.read_bytes().startswith(b"no database")
    assert opened(tmp_path).messages == 0


def test_whatever_stands_in_the_file_is_used_or_refused(tmp_path: Path) -> None:
    """The invariant: nothing but a StoreError comes out, whatever was done to the file."""
    dice = random.Random(5)  # noqa: S311 - the same damage each time
    store = opened(tmp_path)
    store.register("a", 0)
    store.write([(str(n), b"x" * dice.randrange(2000)) for n in range(60)], {}, [("w", b"y" * 500)])
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
        for ending in ("-wal", "-journal"):
            file.with_name(f"{FILE}{ending}").unlink(missing_ok=True)
        try:
            found = opened(tmp_path)
        except StoreError:
            refused += 1
            continue
        try:
            found.sinks(), found.windows()
            found.after(0, 100)
            found.write([("new", b"new")], {"a": 30}, [("v", b"z")], ["w"])
        except StoreError:
            refused += 1
        found.close()

    assert 0 < refused < 100
