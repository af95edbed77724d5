"""Find the top talker on an interface."""

import socket

from nmapwatchd.child import inspection
from nmapwatchd.child.socket_filter import attach_filter

# Frames of which a top talker must have sent most, and seconds to wait for each: enough to be sure
# of a flood, brief enough not to load the interface.
SAMPLE_FRAMES = 200
SAMPLE_SECONDS = 0.05

_ALL_PROTOCOLS = 3  # ETH_P_ALL of linux/if_ether.h
_IPV4, _IPV6 = 0x0800, 0x86DD
_HEADERS = 256  # bytes that include a frame's addresses, also in a tunnel
_ETHERNET, _RAW = 1, 12  # DLT_EN10MB and DLT_RAW of pcap/dlt.h


class TopTalkerSampler:
    """
    Samples an interface through a packet socket, briefly at a time.

    Args:
        packet_socket: receives nothing until it is bound to a protocol.
        interface: its name.
        link: its link type.
    """

    def __init__(self, packet_socket: socket.socket, interface: str, link: int) -> None:
        self._socket, self._interface, self._link = packet_socket, interface, link
        packet_socket.settimeout(SAMPLE_SECONDS)

    def top_talker(self, bpf: bytes) -> str:
        """Return the source of most sampled frames that pass a filter, or ''."""
        counts: dict[str, int] = {}
        attach_filter(self._socket, bpf)
        self._socket.bind((self._interface, _ALL_PROTOCOLS))
        for _ in range(SAMPLE_FRAMES):
            try:
                source = source_of(self._socket.recv(_HEADERS), self._link)
            except TimeoutError:
                break
            counts[source] = counts.get(source, 0) + 1
        self._socket.bind((self._interface, 0))
        top = max(counts, key=lambda source: counts[source], default="")
        return top if 2 * counts.get(top, 0) > SAMPLE_FRAMES else ""


def source_of(frame: bytes, link: int) -> str:
    """
    Return the source address of a frame's innermost packet.

    Returns:
        '' if there is none, or the link type is not supported.
    """
    if link == _ETHERNET:
        ethertype, data = int.from_bytes(frame[12:14]), frame[14:]
    elif link == _RAW and frame:
        ethertype, data = (_IPV4 if frame[0] >> 4 == 4 else _IPV6), frame
    else:
        return ""
    return inspection.source_of(inspection.inspect(ethertype, data).packet)
