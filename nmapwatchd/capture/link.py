"""Query an interface's link state: whether it exists, is up and has a carrier."""

import fcntl
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from nmapwatchd.errors import Diagnostic

_SIOCGIFFLAGS = 0x8913  # linux/sockios.h
_IFF_UP, _IFF_RUNNING = 0x1, 0x40  # linux/if.h


@dataclass(frozen=True, slots=True)
class LinkState:
    """
    State of an interface.

    Args:
        index: the kernel's number for it, which changes if it is re-created; 0 if it is missing.
        error: why it receives nothing, or ''.
    """

    index: int
    error: str


def absent(interfaces: Iterable[str]) -> list[Diagnostic]:
    """Return a diagnostic for each interface that does not exist."""
    return [
        Diagnostic(f"interfaces: {name}", "there is no such interface")
        for name in interfaces
        if not link_state(name).index
    ]


def link_state(interface: str) -> LinkState:
    """Return the state of an interface, given its name."""
    try:
        index = socket.if_nametoindex(interface)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as any_socket:
            request = struct.pack("16sH14x", interface.encode(), 0)
            reply = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request)
    except OSError:
        return LinkState(0, "there is no such interface")
    (flags,) = struct.unpack_from("16xH", reply)
    if not flags & _IFF_UP:
        return LinkState(index, "the interface is down")
    if not flags & _IFF_RUNNING:
        return LinkState(index, "the interface has no carrier")
    return LinkState(index, "")
