"""Recognise a capture file by its first bytes, and read which links and interfaces it has."""

import struct
from collections.abc import Container
from dataclasses import dataclass
from typing import BinaryIO

from nmapwatchd.filters.headers import LINKS

# Magic numbers of pcap, micro- and nanoseconds, in either byte order.
_PCAP = {
    b"\xd4\xc3\xb2\xa1": "<",
    b"\x4d\x3c\xb2\xa1": "<",
    b"\xa1\xb2\xc3\xd4": ">",
    b"\xa1\xb2\x3c\x4d": ">",
}
# pcapng: type of a section header, its byte-order magic, type of an interface description.
_SECTION = b"\x0a\x0d\x0d\x0a"
_BYTE_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_INTERFACE = 1
# Starts of other captures, which tshark reads: modified pcap, Sun's snoop, Microsoft's Network
# Monitor, Sniffer, NetXray, AIX's iptrace.
_OTHERS = (
    b"\x34\xcd\xb2\xa1", b"\xa1\xb2\xcd\x34", b"snoop\0\0\0", b"RTSS", b"GMBU",
    b"TRSNIFF data", b"XCP\0", b"VL\0\0", b"iptrace 1.0", b"iptrace 2.0",
)  # fmt: skip
# Starts of compressed files, with the program that decompresses them.
GZIP = b"\x1f\x8b"
_COMPRESSED = {
    b"\x28\xb5\x2f\xfd": "zstd", b"\x04\x22\x4d\x18": "lz4", b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
}  # fmt: skip

HEAD = 24  # bytes of pcap's file header, and enough of pcapng's to recognise it

# In files, raw IP has another number (LINKTYPE_RAW) than libpcap's DLT_RAW.
_RAW_IN_FILES, _RAW = 101, 12
# Link types, beside those with a kernel filter, of which tshark finds the IP packets with the
# dissectors that are enabled for it: PPP, Cisco HDLC, IEEE 802.11 with and without its radio
# headers, PPI, PFLOG.
_DISSECTED = frozenset({9, 50, 104, 105, 117, 119, 127, 163, 192})


@dataclass(frozen=True, slots=True)
class FileFormat:
    """
    What is known of a capture file before its packets are read.

    Args:
        links: the link types, as libpcap numbers them; none if they are not known.
        is_uniform: whether libpcap can read it: all interfaces have one link type and one snapshot
            length, and all sections one byte order.
    """

    links: frozenset[int] = frozenset()
    is_uniform: bool = False

    def is_filterable(self, filtered: Container[int]) -> bool:
        """Return whether the capture process can filter it, given the links that have a filter."""
        return self.is_uniform and all(link in filtered for link in self.links)

    @property
    def unread(self) -> list[int]:
        """The link types whose packets nothing can decode."""
        return sorted(self.links.difference(LINKS, _DISSECTED))


class UnknownFormatError(ValueError):
    """The bytes are no capture file, or a compressed one; the message says which."""


def is_capture(head: bytes) -> bool:
    """Return whether a file with these first `HEAD` bytes, decompressed, is a capture."""
    return head[:4] in _PCAP or head[:4] == _SECTION or head.startswith(_OTHERS)


def file_format(head: bytes, file: BinaryIO) -> FileFormat:
    """
    Return the format of a capture file.

    Args:
        head: its first `HEAD` bytes.
        file: the capture file; pcapng that can seek is left at its start.

    Raises:
        UnknownFormatError: it is not a capture file.
    """
    if head[:4] in _PCAP:
        if len(head) < HEAD:
            raise UnknownFormatError("is truncated in its header")
        link = struct.unpack_from(_PCAP[head[:4]] + "I", head, 20)[0] & 0xFFFF
        return FileFormat(frozenset({_of_libpcap(link)}), is_uniform=True)
    if head[:4] == _SECTION:
        if not file.seekable():
            return FileFormat()
        found = _pcapng_interfaces(file)
        file.seek(0)
        return FileFormat(frozenset(link for _, link, _ in found), is_uniform=len(found) == 1)
    if head.startswith(_OTHERS):
        return FileFormat()
    for start, program in _COMPRESSED.items():
        if head.startswith(start):
            raise UnknownFormatError(
                f"is compressed; use {program} --decompress --stdout FILE | nmapwatchd replay -"
            )
    raise UnknownFormatError("is not a capture file")


def _of_libpcap(link: int) -> int:
    return _RAW if link == _RAW_IN_FILES else link


def _pcapng_interfaces(file: BinaryIO) -> set[tuple[str, int, int]]:
    """Return byte order, link type and snapshot length of each interface, up to invalid blocks."""
    interfaces: set[tuple[str, int, int]] = set()
    order = "<"
    start = 0
    file.seek(start)
    while len(header := file.read(16)) >= 12:
        if header[:4] == _SECTION:
            order = _BYTE_ORDERS.get(header[8:12], order)
        kind, length = struct.unpack_from(order + "II", header)
        if length < 12:
            break
        if kind == _INTERFACE and len(header) == 16:
            link, snapshot = struct.unpack_from(order + "HxxI", header, 8)
            interfaces.add((order, _of_libpcap(link), snapshot))
        start += length
        file.seek(start)
    return interfaces
