"""Query an interface's link state: whether it exists, is up and has a carrier."""

import fcntl
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from nmapwatchd.errors import Diagnostic

_SIOCGIFFLAGS = 0x8913  # linux/sockios.h
_ANY = "any"  # libpcap's name for all interfaces
_WILDCARDS = frozenset("*?[]+")
# Interfaces that an error lists.
_MAXIMUM_NAMED = 16
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


def unusable(interfaces: Iterable[str]) -> list[Diagnostic]:
    """Return a diagnostic for each name that is not an interface's; it says what to name."""
    return [
        Diagnostic(f"interfaces: {name}", problem)
        for name in interfaces
        if (problem := _problem(name))
    ]


def _problem(name: str) -> str:
    """Return why a name is not an interface's, or ''."""
    device, colon, _ = name.partition(":")
    if colon and link_state(device).index:  # the kernel's calls accept an alias as its device
        return f"is an address of {device}, not an interface; name {device}"
    if link_state(name).index:
        return ""
    there_are = f"There are: {', '.join(one for _, one in socket.if_nameindex()[:_MAXIMUM_NAMED])}"
    if name == _ANY:
        return (
            "is not an interface: name each interface to capture on, because frames of all at once "
            f"have no MAC address. {there_are}"
        )
    if _WILDCARDS.intersection(name):
        return f"wildcards are not supported; name each interface. {there_are}"
    return "there is no such interface"


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
