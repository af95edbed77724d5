"""Determine from a capture file's first bytes whether the kernel filter can be applied to it."""

import struct
from collections.abc import Container
from typing import BinaryIO

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

HEAD = 24  # bytes of pcap's file header, and enough of pcapng's to recognise it

# In files, raw IP has another number (LINKTYPE_RAW) than libpcap's DLT_RAW.
_RAW_IN_FILES, _RAW = 101, 12


def filterable(head: bytes, file: BinaryIO, links: Container[int]) -> bool:
    """
    Return whether libpcap can read a capture file and there is a filter for its link type.

    Args:
        head: its first `HEAD` bytes.
        file: the capture file; pcapng that can seek is left at its start.
        links: the link types for which there is a filter.
    """
    found: set[int] = set()
    if head[:4] in _PCAP and len(head) == HEAD:
        found = {struct.unpack_from(_PCAP[head[:4]] + "I", head, 20)[0] & 0xFFFF}
    elif head[:4] == _SECTION and file.seekable():
        found = _pcapng_links(file)
        file.seek(0)
    # libpcap rejects a file with several link types.
    return len(found) == 1 and all((_RAW if n == _RAW_IN_FILES else n) in links for n in found)


def _pcapng_links(file: BinaryIO) -> set[int]:
    """Return the link types of a pcapng file's blocks, up to the first invalid block."""
    links: set[int] = set()
    order = "<"
    file.seek(0)
    while len(header := file.read(12)) == 12:
        if header[:4] == _SECTION:
            order = _BYTE_ORDERS.get(header[8:], order)
        kind, length = struct.unpack_from(order + "II", header)
        if length < 12:
            break
        if kind == _INTERFACE:
            links.add(struct.unpack_from(order + "H", header, 8)[0])
        file.seek(length - 12, 1)
    return links
