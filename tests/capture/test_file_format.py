"""A file is recognised; it is filtered if libpcap can read it and its link type has a filter."""

import io
import struct
from itertools import zip_longest

import pytest

from nmapwatchd.capture.file_format import (
    HEAD,
    FileFormat,
    UnknownFormatError,
    file_format,
    is_capture,
)

ETHERNET, RAW, RAW_IN_FILES, COOKED, WLAN, USB = 1, 12, 101, 113, 127, 189
FILTERED = {ETHERNET, RAW}


def pcap(link: int, magic: int = 0xA1B2C3D4, order: str = "<") -> bytes:
    return struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65_535, link)


def pcapng(*links: int, order: str = "<", snapshots: tuple[int, ...] = ()) -> bytes:
    section = struct.pack(order + "IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)
    interfaces = (
        struct.pack(order + "IIHHII", 1, 20, link, 0, snapshot, 20)
        for link, snapshot in zip_longest(links, snapshots, fillvalue=0)
    )
    packet = struct.pack(order + "II", 6, 32) + bytes(20) + struct.pack(order + "I", 32)
    return section + b"".join(interfaces) + packet


class Pipe(io.BytesIO):
    def seekable(self) -> bool:
        return False


def is_filterable(data: bytes, file: type[io.BytesIO] = io.BytesIO) -> bool:
    opened = file(data)
    return file_format(opened.read(HEAD), opened).is_filterable(FILTERED)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("magic", [0xA1B2C3D4, 0xA1B23C4D], ids=["micro", "nano"])
@pytest.mark.parametrize(
    ("link", "expected"),
    [(ETHERNET, True), (RAW, True), (RAW_IN_FILES, True), (COOKED, False),
     (ETHERNET | 0x1400_0000, True)],  # the upper bits are about checksums of frames
)  # fmt: skip
def test_a_pcap_file_s_link_type_decides(
    order: str, magic: int, link: int, *, expected: bool
) -> None:
    assert is_filterable(pcap(link, magic, order)) is expected


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ((ETHERNET,), True),
        ((ETHERNET, ETHERNET), True),
        ((RAW_IN_FILES,), True),
        ((), False),
        ((COOKED,), False),
        ((ETHERNET, COOKED), False),
        ((ETHERNET, RAW), False),
    ],
)
def test_the_link_types_of_a_pcapng_file_must_be_one(
    order: str, links: tuple[int, ...], *, expected: bool
) -> None:
    assert is_filterable(pcapng(*links, order=order)) is expected


def test_every_section_of_a_pcapng_file_is_read_in_its_byte_order() -> None:
    assert is_filterable(pcapng(ETHERNET) + pcapng(ETHERNET))
    assert not is_filterable(pcapng(ETHERNET) + pcapng(COOKED, order=">"))


def test_a_pcapng_file_is_left_at_its_start() -> None:
    file = io.BytesIO(pcapng(ETHERNET))
    file_format(file.read(HEAD), file)

    assert file.tell() == 0


def test_a_pipe_is_filtered_if_its_head_is_enough() -> None:
    assert is_filterable(pcap(ETHERNET), Pipe)
    assert not is_filterable(pcapng(ETHERNET), Pipe)


def test_sections_of_different_byte_orders_are_not_filtered() -> None:
    assert not is_filterable(pcapng(ETHERNET) + pcapng(ETHERNET, order=">"))


def test_interfaces_with_different_snapshot_lengths_are_not_filtered() -> None:
    assert is_filterable(pcapng(ETHERNET, ETHERNET, snapshots=(262_144, 262_144)))
    assert not is_filterable(pcapng(ETHERNET, ETHERNET, snapshots=(65_535, 262_144)))


@pytest.mark.parametrize("start", [b"snoop\0\0\0", b"GMBU", b"\x34\xcd\xb2\xa1"])
def test_other_captures_are_not_filtered(start: bytes) -> None:
    assert file_format(start + bytes(60), io.BytesIO()) == FileFormat()


@pytest.mark.parametrize(
    "data", [b"", b"\xd4\xc3\xb2\xa1", pcap(1)[:-1], b"x" * 100, b"hello", b"{}", b"BZh9"]
)
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(UnknownFormatError):
        file_format(data[:HEAD], io.BytesIO(data))


@pytest.mark.parametrize(
    ("links", "unread"),
    [((ETHERNET,), []), ((ETHERNET, USB), [USB]), ((WLAN,), []), ((USB, WLAN), [USB])],
)
def test_links_that_nothing_decodes_are_named(links: tuple[int, ...], unread: list[int]) -> None:
    data = pcapng(*links)

    assert file_format(data[:HEAD], io.BytesIO(data)).unread == unread


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (pcap(ETHERNET), True),
        (pcap(ETHERNET, 0xA1B23C4D, ">"), True),
        (pcapng(ETHERNET), True),
        (b"snoop\0\0\0", True),
        (b"\x1f\x8b", False),
        (b"hello", False),
        (b"", False),
    ],
)
def test_a_capture_is_recognised_by_its_first_bytes(head: bytes, *, expected: bool) -> None:
    assert is_capture(head[:HEAD]) is expected
