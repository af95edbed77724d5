"""Tells how an interface is: whether it is there, up, and has a carrier."""

import fcntl
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from nmapwatchd.errors import Diagnostic

_GET_FLAGS = 0x8913  # SIOCGIFFLAGS of linux/sockios.h
_UP, _RUNNING = 0x1, 0x40  # IFF_UP, IFF_RUNNING of linux/if.h


@dataclass(frozen=True, slots=True)
class LinkState:
    """
    An interface at a moment.

    Args:
        index: the kernel's number for it; one that was re-created has another. 0 where it is not.
        fault: why nothing can be seen on it, or ''.
    """

    index: int
    fault: str


def absent(interfaces: Iterable[str]) -> list[Diagnostic]:
    """Return a fault for each interface that is not there."""
    return [
        Diagnostic(f"interfaces: {name}", "there is no such interface")
        for name in interfaces
        if not link(name).index
    ]


def link(interface: str) -> LinkState:
    """Return how an interface is."""
    try:
        index = socket.if_nametoindex(interface)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as any_socket:
            request = struct.pack("16sH14x", interface.encode(), 0)
            answer = fcntl.ioctl(any_socket, _GET_FLAGS, request)
    except OSError:
        return LinkState(0, "there is no such interface")
    (flags,) = struct.unpack_from("16xH", answer)
    if not flags & _UP:
        return LinkState(index, "the interface is down")
    if not flags & _RUNNING:
        return LinkState(index, "the interface has no carrier")
    return LinkState(index, "")
