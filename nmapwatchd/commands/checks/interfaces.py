"""Warn of interfaces that are absent or down, or that merge segments before they are captured."""

import array
import fcntl
import socket
import struct
from collections.abc import Iterable, Iterator

from nmapwatchd.capture.link import DOWN, LinkState, link_state, unusable
from nmapwatchd.errors import Diagnostic

_SIOCGIFHWADDR, _SIOCETHTOOL = 0x8927, 0x8946  # linux/sockios.h
# Commands of linux/ethtool.h, and the flag for LRO in the answer to the second.
_ETHTOOL_GGRO, _ETHTOOL_GFLAGS = 0x2B, 0x25
_ETH_FLAG_LRO = 1 << 15
# Type of an interface in linux/if_arp.h: only Ethernet has hardware that merges, and a mirror port.
_ETHERNET = 1


def interface_warnings(names: Iterable[str]) -> Iterator[Diagnostic]:
    """Yield what is wrong with interfaces at present, given their names."""
    for name in names:
        state = link_state(name)
        if problem := _problem(name, state):
            yield Diagnostic(f"interfaces: {name}", problem)
        elif state.index and is_ethernet(name) and (merging := coalescing(name)):
            yield Diagnostic(f"interfaces: {name}", coalescing_text(name, merging))


def _problem(name: str, state: LinkState) -> str:
    """Return why an interface receives nothing now, or '' if it does or can never exist."""
    if not state.index:
        return "" if unusable([name]) else f"{state.error}; the service waits for it"
    if state.error == DOWN:
        return f"{state.error}; run: ip link set {name} up"
    if state.error:
        return f"{state.error}; check the cable, and the mirror port that it leads to"
    return ""


def is_ethernet(name: str) -> bool:
    """Return whether an interface is of the type Ethernet, which a loopback is not."""
    # Not from /sys, which a container may have of another network namespace.
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as any_socket:
            reply = fcntl.ioctl(any_socket, _SIOCGIFHWADDR, struct.pack("16s24x", name.encode()))
    except OSError:
        return False
    (kind,) = struct.unpack_from("16xH", reply)
    return bool(kind == _ETHERNET)


def coalescing(name: str) -> tuple[str, ...]:
    """Return which of gro and lro, as ethtool names them, are on; none if that is unknown."""
    found = []
    if _ethtool(name, _ETHTOOL_GGRO):
        found.append("gro")
    if _ethtool(name, _ETHTOOL_GFLAGS) & _ETH_FLAG_LRO:
        found.append("lro")
    return tuple(found)


def coalescing_text(name: str, merging: Iterable[str]) -> str:
    """
    Return the warning for an interface, with the command that ends it.

    Args:
        name: of the interface.
        merging: what merges segments, as ethtool names it.
    """
    options = " ".join(f"{option} off" for option in merging)
    return (
        f"merges segments before they are captured ({', '.join(merging)}), so that a segment of "
        f"nmap can be hidden behind the one before it; run: ethtool -K {name} {options}"
    )


def _ethtool(name: str, command: int) -> int:
    """Return the value that the driver answers to a command; 0 if it does not."""
    value = array.array("I", [command, 0])  # struct ethtool_value
    request = struct.pack("16sP16x", name.encode(), value.buffer_info()[0])
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as any_socket:
            fcntl.ioctl(any_socket, _SIOCETHTOOL, request)
    except OSError:
        return 0
    return value[1]
