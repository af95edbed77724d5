"""Tells from a capture's first bytes who can read it: the kernel filter or tshark alone."""

import struct
from enum import Enum
from typing import BinaryIO

# https://www.tcpdump.org/linktypes.html
_ETHERNET = 1
# Link types on which libpcap can find IP: BSD loopback, PPP, raw IP (five numbers), 802.11 plain
# and behind radiotap, Linux cooked (two).
_IP_LINKS = frozenset({0, _ETHERNET, 9, 12, 101, 105, 108, 113, 127, 228, 229, 276})

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

HEAD = 24  # bytes of pcap's file header, and enough of pcapng's to tell it


class Reading(Enum):
    """Who reads a capture, and how many VLAN tags the kernel filter looks behind."""

    TAGGED = 2
    UNTAGGED = 0
    WHOLE = None  # by tshark alone: libpcap cannot, or finds no IP in it


def reading_of(head: bytes, file: BinaryIO) -> Reading:
    """
    Tell how to read a capture.

    Args:
        head: its first `HEAD` bytes.
        file: the capture; left at its start where it can seek.
    """
    links: set[int] = set()
    if head[:4] in _PCAP and len(head) == HEAD:
        links = {struct.unpack_from(_PCAP[head[:4]] + "I", head, 20)[0] & 0xFFFF}
    elif head[:4] == _SECTION and file.seekable():
        links = _pcapng_links(file)
        file.seek(0)
    if links == {_ETHERNET}:
        return Reading.TAGGED
    if len(links) == 1 and links <= _IP_LINKS:
        return Reading.UNTAGGED
    return Reading.WHOLE


def _pcapng_links(file: BinaryIO) -> set[int]:
    """Walk a pcapng file's blocks and return its link types; a broken block ends the walk."""
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
