"""A file's format decides which source reads it; each delivers it from its start."""

import asyncio
import gzip
import os
import re
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from nmapwatchd.capture.file_source import (
    COPY,
    FilteredFile,
    UnfilteredFile,
    descriptor_of,
    file_source,
)
from nmapwatchd.capture.source import CaptureSource
from nmapwatchd.errors import CaptureError
from tests.frames import frame, frames_of, write_capture

ETHERNET, RAW = 1, 12
KERNEL = {ETHERNET: struct.pack("HBBI", 0x06, 0, 0, 0xFFFF)}
FRAMES = [frame(b"x" * 1_000, number=number) for number in range(200)]  # more than a pipe holds


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return write_capture(tmp_path / "in.pcap", FRAMES)


@contextmanager
def piped(file: Path) -> Iterator[BinaryIO]:
    """Yield a pipe from which the file can be read."""
    reader, writer = os.pipe()

    def write() -> None:
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(file.read_bytes())

    thread = threading.Thread(target=write)
    thread.start()
    with os.fdopen(reader, "rb", buffering=0) as pipe:
        yield pipe
    thread.join()


async def delivered(source: CaptureSource) -> bytes:
    """Return all that a source delivers."""
    descriptor = await source.open(lambda _: b"")
    source.start()
    with os.fdopen(descriptor, "rb") as pipe:
        data = await asyncio.to_thread(pipe.read)
    await source.end()
    await source.close()
    return data


@pytest.mark.parametrize("opened", [Path.open, None], ids=["file", "pipe"])
@pytest.mark.parametrize(("filters", "kind"), [(KERNEL, FilteredFile), ({}, UnfilteredFile)])
def test_a_file_is_delivered_to_its_last_frame(
    capture: Path, tmp_path: Path, filters: dict[int, bytes], kind: type, opened: object
) -> None:
    with capture.open("rb") if opened else piped(capture) as file:
        source = file_source("in", file, filters)
        assert type(source) is kind
        data = asyncio.run(delivered(source))
    (tmp_path / "out.pcap").write_bytes(data)

    assert frames_of(tmp_path / "out.pcap") == FRAMES


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "in.pcap").touch()

    with (
        (tmp_path / "in.pcap").open("rb") as file,
        pytest.raises(CaptureError, match=r"^in: is empty$"),
    ):
        file_source("in", file, KERNEL)


def test_a_truncated_file_is_an_error_in_the_end(capture: Path) -> None:
    capture.write_bytes(capture.read_bytes()[:-1])

    with (
        capture.open("rb") as file,
        pytest.raises(CaptureError, match=r"^in: truncated dump file"),
    ):
        asyncio.run(delivered(file_source("in", file, KERNEL)))


@pytest.mark.parametrize("opened", [Path.open, None], ids=["file", "pipe"])
def test_a_compressed_file_is_decompressed(capture: Path, tmp_path: Path, opened: object) -> None:
    packed = tmp_path / "in.pcap.gz"
    packed.write_bytes(gzip.compress(capture.read_bytes()))

    with packed.open("rb") if opened else piped(packed) as file:
        source = file_source("in", file, KERNEL)
        assert type(source) is FilteredFile
        (tmp_path / "out.pcap").write_bytes(asyncio.run(delivered(source)))

    assert frames_of(tmp_path / "out.pcap") == FRAMES


@pytest.mark.parametrize("kernel", [KERNEL, {}], ids=["filtered", "unfiltered"])
def test_a_truncated_compressed_file_is_an_error_in_the_end(
    capture: Path, tmp_path: Path, kernel: dict[int, bytes]
) -> None:
    packed = tmp_path / "in.pcap.gz"
    packed.write_bytes(gzip.compress(capture.read_bytes())[:-9])

    with (
        packed.open("rb") as file,
        pytest.raises(CaptureError, match=r"^in: Compressed file ended before"),
    ):
        asyncio.run(delivered(file_source("in", file, kernel)))


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"hello\n", "is not a capture file"),
        (b'{"packets": []}', "is not a capture file"),
        (b"\x7fELF" + bytes(60), "is not a capture file"),
        (gzip.compress(b"hello"), "is not a capture file"),
        (gzip.compress(b""), "is empty"),
        (b"\x1f\x8b\x08", "Compressed file ended before the end-of-stream marker was reached"),
        (b"\x1f\x8bhello, hello", "Unknown compression method"),
        (b"BZh91AY", "is compressed; use bzip2 --decompress --stdout FILE | nmapwatchd replay -"),
        (b"\xd4\xc3\xb2\xa1", "is truncated in its header"),
        (struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 189),
         "packets of link type 189 cannot be decoded"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_clear_error(tmp_path: Path, content: bytes, error: str) -> None:
    (tmp_path / "in.pcap").write_bytes(content)

    with (
        (tmp_path / "in.pcap").open("rb") as file,
        pytest.raises(CaptureError, match=f"^in: {re.escape(error)}$"),
    ):
        file_source("in", file, KERNEL)


def test_a_reader_that_ends_early_ends_the_copy(capture: Path) -> None:
    with piped(capture) as file:
        descriptor = descriptor_of(file.read(24), file, [])
        assert len(os.read(descriptor, 24)) == 24
        os.close(descriptor)
        while file.read(COPY):
            continue


def test_the_descriptor_of_a_file_is_at_its_start(capture: Path) -> None:
    with capture.open("rb") as file:
        descriptor = descriptor_of(file.read(24), file, [])
        assert os.read(descriptor, 24) == capture.read_bytes()[:24]
        os.close(descriptor)
