"""A line is written completely or not at all, as far as the descriptor allows."""

import os
from pathlib import Path

import pytest

from nmapwatchd.sinks.line_writer import LineWriter


class ShortWrites:
    """Writes a few bytes at a time, and fails once a number of them is written."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity

    def __call__(self, descriptor: int, data: bytes) -> int:
        if not self.capacity:
            raise OSError(28, "No space left on device")
        size = min(3, self.capacity, len(data))
        self.capacity -= size
        return _WRITE(descriptor, data[:size])


_WRITE = os.write


def write(writer: LineWriter, line: bytes, capacity: int, patch: pytest.MonkeyPatch) -> None:
    with patch.context() as context:
        context.setattr(os, "write", ShortWrites(capacity))
        writer.write(line)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lines"


def descriptor(file: Path) -> int:
    return os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)


def test_short_writes_are_continued(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(LineWriter(descriptor(file)), b"a line of text", 1000, monkeypatch)

    assert file.read_bytes() == b"a line of text\n"


def test_a_partial_line_is_removed_if_the_descriptor_can_be_truncated(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = LineWriter(descriptor(file), can_truncate=True)
    writer.write(b"first")

    with pytest.raises(OSError, match="No space"):
        write(writer, b"second", 4, monkeypatch)
    assert file.read_bytes() == b"first\n"
    writer.write(b"third")

    assert file.read_bytes() == b"first\nthird\n"


def test_otherwise_it_stays_as_a_line_of_its_own(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = LineWriter(descriptor(file))

    with pytest.raises(OSError, match="No space"):
        write(writer, b"second", 4, monkeypatch)
    writer.write(b"third")
    writer.write(b"fourth")

    assert file.read_bytes() == b"seco\nthird\nfourth\n"


def test_a_line_of_which_nothing_was_written_leaves_no_trace(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = LineWriter(descriptor(file))

    with pytest.raises(OSError, match="No space"):
        write(writer, b"second", 0, monkeypatch)
    writer.write(b"third")

    assert file.read_bytes() == b"third\n"


def test_after_the_partial_line_of_a_crash_an_undone_line_is_tried_again(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_bytes(b"torn")
    writer = LineWriter(descriptor(file), is_partial=True, can_truncate=True)

    with pytest.raises(OSError, match="No space"):
        write(writer, b"second", 4, monkeypatch)
    writer.write(b"third")

    assert file.read_bytes() == b"torn\nthird\n"
