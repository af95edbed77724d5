"""Query an interface: whether it exists, is up and has a carrier, and which networks are on it."""

import fcntl
import socket
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from nmapwatchd.errors import Diagnostic

_SIOCGIFFLAGS = 0x8913  # linux/sockios.h
DOWN = "the interface is down"
_ANY = "any"  # libpcap's name for all interfaces
_WILDCARDS = frozenset("*?[]+")
# Interfaces that an error lists.
_MAXIMUM_NAMED = 16
_IFF_UP, _IFF_RUNNING = 0x1, 0x40  # linux/if.h
# The kernel's IPv4 routes. Not netlink: the unit allows no such socket.
ROUTES = Path("/proc/self/net/route")
# The kernel's list of interfaces, after two lines of headings.
_DEVICES = Path("/proc/self/net/dev")
_ROUTE_COLUMNS = 8  # up to the mask


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

    @property
    def can_be_opened(self) -> bool:
        """Whether libpcap can open the interface; a carrier is not needed."""
        return bool(self.index) and self.error != DOWN


def unusable(interfaces: Iterable[str]) -> list[Diagnostic]:
    """
    Return a diagnostic for each name that no interface will ever have; it says what to name.

    An interface that is absent is not among them: it may appear later.
    """
    return [
        Diagnostic(f"interfaces: {name}", problem)
        for name in interfaces
        if (problem := _problem(name))
    ]


def _problem(name: str) -> str:
    """Return why no interface can have a name, or ''."""
    device, colon, _ = name.partition(":")
    if colon:  # the kernel's calls accept an alias as its device, but no interface has a colon
        return f"is an address of {device}, not an interface; name {device}"
    if link_state(name).index:
        return ""
    there_are = f"There are: {', '.join(_interfaces()[:_MAXIMUM_NAMED])}"
    if name == _ANY:
        return (
            "is not an interface: name each interface to capture on, because frames of all at once "
            f"have no MAC address. {there_are}"
        )
    if _WILDCARDS.intersection(name):
        return f"wildcards are not supported; name each interface. {there_are}"
    return ""


def _interfaces() -> list[str]:
    """Return the names of the interfaces; the unit denies the sockets of socket.if_nameindex."""
    try:
        lines = _DEVICES.read_text(encoding="utf-8", errors="replace").splitlines()[2:]
    except OSError:
        return []
    return [line.partition(":")[0].strip() for line in lines]


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
        return LinkState(index, DOWN)
    if not flags & _IFF_RUNNING:
        return LinkState(index, "the interface has no carrier")
    return LinkState(index, "")


@dataclass(frozen=True, slots=True)
class LinkRoutes:
    """
    What the kernel's IPv4 routes tell of a link.

    Args:
        networks: those that the interface reaches without a router; none if it has no address.
        routers: the addresses of the routers of the other routes.
    """

    networks: tuple[IPv4Network, ...] = ()
    routers: tuple[str, ...] = ()


def link_routes(interface: str, routes: Path = ROUTES) -> LinkRoutes:
    """
    Return the networks and routers on the link of an interface.

    Args:
        interface: its name.
        routes: the kernel's table of routes.
    """
    try:
        lines = routes.read_text(encoding="ascii", errors="replace").splitlines()[1:]
    except OSError:
        return LinkRoutes()
    networks, routers = [], []
    for line in lines:
        # Iface Destination Gateway Flags RefCnt Use Metric Mask ..., numbers in host byte order
        columns = line.split()
        if len(columns) < _ROUTE_COLUMNS or columns[0] != interface:
            continue
        destination, gateway, mask = (_address(columns[column]) for column in (1, 2, 7))
        if int(gateway):
            routers.append(str(gateway))
        elif int(mask):  # a default route without a gateway is a tunnel's
            networks.append(IPv4Network(f"{destination}/{mask}", strict=False))
    return LinkRoutes(tuple(networks), tuple(dict.fromkeys(routers)))


def _address(word: str) -> IPv4Address:
    """Return the address of eight hexadecimal digits, in this machine's byte order."""
    return IPv4Address(int(word, 16).to_bytes(4, sys.byteorder))
