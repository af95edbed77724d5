"""A second ear on an interface tells who is loud."""

import ctypes
import socket
import struct

# Frames of which the loudest sender must have sent most, and seconds to wait for the next: enough
# to be sure of a flood, over in a moment.
SAMPLE_FRAMES = 200
SAMPLE_SECONDS = 0.05

_ATTACH_FILTER = 26  # SO_ATTACH_FILTER of asm-generic/socket.h
_ALL_PROTOCOLS = 3  # ETH_P_ALL of linux/if_ether.h
_TAGS = (b"\x81\x00", b"\x88\xa8")  # 802.1Q, 802.1ad
_HEADERS = 128  # bytes in which the addresses of a frame stand
_ETHERNET, _RAW = 1, 12  # DLT_EN10MB and DLT_RAW of pcap/dlt.h


class TopTalkerSampler:
    """A second ear on the interface, for a moment at a time."""

    def __init__(self, ear: socket.socket, interface: str, link: int) -> None:
        self._ear, self._interface, self._link = ear, interface, link
        ear.settimeout(SAMPLE_SECONDS)

    def loudest(self, program: bytes) -> str:
        """Return who sends most of what a filter lets through; '' if nobody does."""
        senders: dict[str, int] = {}
        attach(self._ear, program)
        self._ear.bind((self._interface, _ALL_PROTOCOLS))
        for _ in range(SAMPLE_FRAMES):
            try:
                found = sender(self._ear.recv(_HEADERS), self._link)
            except TimeoutError:
                break
            senders[found] = senders.get(found, 0) + 1
        self._ear.bind((self._interface, 0))
        loudest = max(senders, key=lambda found: senders[found], default="")
        return loudest if 2 * senders.get(loudest, 0) > SAMPLE_FRAMES else ""


def sender(frame: bytes, link: int) -> str:
    """Return the source address of a frame, '' where it has none or the link is another kind."""
    at = 0
    if link == _ETHERNET:
        at = 12
        while frame[at : at + 2] in _TAGS:
            at += 4
        at += 2
    elif link != _RAW:
        return ""
    packet = frame[at:]
    try:
        if packet[0] >> 4 == 4:
            return socket.inet_ntop(socket.AF_INET, packet[12:16])
        return socket.inet_ntop(socket.AF_INET6, packet[8:24])
    except (IndexError, ValueError):  # it is cut short
        return ""


def attach(to: socket.socket, program: bytes) -> None:
    """Put a filter in the place of a socket's own (struct sock_fprog of linux/filter.h)."""
    instructions = ctypes.create_string_buffer(program, len(program))
    filter_ = struct.pack("HP", len(program) // 8, ctypes.addressof(instructions))
    to.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, filter_)
