"""
Adds two TAP interfaces to a host's Ethernet interface, one in a VLAN and one in QinQ.

It replaces the kernel's VLAN interfaces, which not every kernel has.
"""

from __future__ import annotations

import fcntl
import os
import selectors
import socket
import struct
import sys

TUNSETIFF = 0x400454CA
IFF_TAP_WITHOUT_HEADER = 0x0002 | 0x1000
SOL_PACKET = 263
PACKET_AUXDATA = 8
ALL_PROTOCOLS = 0x0003
TAG_VALID = 0x10
CUSTOMER, SERVICE = 0x8100, 0x88A8


def open_tap(name: str) -> int:
    """Create a TAP interface and return its file descriptor."""
    tap = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP_WITHOUT_HEADER))
    return tap


def whole_frame(wire: socket.socket) -> bytes | None:
    """Return the next received frame with its outermost tag restored; None for a sent frame."""
    frame, extras, _, address = wire.recvmsg(65536, 256)
    if address[2] == socket.PACKET_OUTGOING:
        return None
    for level, kind, data in extras:
        if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
            status, _, _, _, _, tci, protocol = struct.unpack("IIIHHHH", data[:20])
            if status & TAG_VALID:
                return frame[:12] + struct.pack("!HH", protocol or CUSTOMER, tci) + frame[12:]
    return frame


def serve(interface: str, outer: int, inner: int) -> None:
    """Forward frames between the wire and the two TAP interfaces endlessly."""
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS))
    wire.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    wire.bind((interface, 0))
    tagged = struct.pack("!HH", CUSTOMER, inner)
    taps = {
        open_tap("tagged"): tagged,
        open_tap("qinq"): struct.pack("!HH", SERVICE, outer) + tagged,
    }
    selector = selectors.DefaultSelector()
    selector.register(wire, selectors.EVENT_READ)
    for tap in taps:
        selector.register(tap, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fd in taps:
                frame = os.read(key.fd, 65536)
                wire.send(frame[:12] + taps[key.fd] + frame[12:])
                continue
            arrived = whole_frame(wire)
            for tap, tags in taps.items():
                if arrived and arrived[12:].startswith(tags):
                    os.write(tap, arrived[:12] + arrived[12 + len(tags) :])


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
