"""
Sends messages of clients without end, every one from a flow that there has not been before.

The messages are those of a capture; their senders are forged: a hundred at a time, each of which
begins with a marked request and falls silent after some more. It says which ones those were.
"""

import argparse
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from itertools import count
from pathlib import Path

from benchmarks.captures import messages_of
from benchmarks.network import INTERFACE

# Senders at a time, and messages of each: so few a second of one sender that none is passed over,
# and so many senders that windows open and close all the time.
ACTIVE, MESSAGES = 100, 250
# The first sender, and the first port of each.
_FIRST, _PORT = int(IPv4Address("10.128.0.0")), 20_000
_MARK = b"Nmap Scripting Engine"
# Seconds between two bursts.
_BURST_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class _Message:
    """A frame without sender, in pieces, and the sums of what is there already."""

    link: bytes
    length: bytes  # and what stands before it in IP's header
    flags: bytes  # and what follows, to the checksum
    target: bytes
    port: bytes
    middle: bytes  # to the transport's checksum
    rest: bytes
    network_sum: int
    transport_sum: int

    def options(self, source: int, port: int) -> bytes:
        """Return the frame as a sender's, with an IP id of its own: only decoys share theirs."""
        number = source & 0xFFFF
        added = (source >> 16) + number
        network = _checksum(self.network_sum + added + number)
        transport = _checksum(self.transport_sum + added + port)
        return b"".join(
            (self.link, self.length, struct.pack("!H", number), self.flags,
             struct.pack("!HI", network, source), self.target, struct.pack("!H", port), self.port,
             self.middle, struct.pack("!H", transport), self.rest)
        )  # fmt: skip


def senders(messages: int) -> list[str]:
    """Return who has begun among so many messages."""
    whole, part = divmod(messages, ACTIVE * MESSAGES)
    return [str(IPv4Address(_FIRST + n)) for n in range(whole * ACTIVE + min(part, ACTIVE))]


def flood(frames: list[bytes]) -> Iterator[bytes]:
    """Yield messages without end, made of those in some frames of which one is marked."""
    marked = _message(next(frame for frame in frames if _MARK in frame))
    others = [_message(frame) for frame in frames]
    for number in count():
        block, within = divmod(number, ACTIVE * MESSAGES)
        turn, sender = divmod(within, ACTIVE)
        message = others[number % len(others)] if turn else marked
        yield message.options(_FIRST + block * ACTIVE + sender, _PORT + turn)


def main() -> None:
    """Send until interrupted; then print how many were sent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("capture", type=Path)
    parser.add_argument("rate", type=int, help="messages a second")
    options = parser.parse_args()
    sent = 0
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:
        wire.bind((INTERFACE, 0))
        began = time.monotonic()
        try:
            for frame in flood(list(messages_of(options.capture))):
                wire.send(frame)
                sent += 1
                while sent > (time.monotonic() - began) * options.rate:
                    time.sleep(_BURST_SECONDS)
        except KeyboardInterrupt:
            print(sent)


def _message(frame: bytes) -> _Message:
    """Take an IPv4 frame without tags or options to pieces; it carries TCP or UDP."""
    length = struct.unpack_from("!H", frame, 16)[0]
    segment = frame[34 : 14 + length]
    at = 16 if frame[23] == 6 else 6
    pseudo = frame[30:34] + struct.pack("!HH", frame[23], len(segment))
    return _Message(
        link=frame[:14],
        length=frame[14:18],
        flags=frame[20:24],
        target=frame[30:34],
        port=segment[2:4],
        middle=segment[4:at],
        rest=segment[at + 2 :],
        network_sum=_sum(frame[14:18] + frame[20:24] + frame[30:34]),
        transport_sum=_sum(pseudo + segment[2:at] + segment[at + 2 :]),
    )


def _sum(data: bytes) -> int:
    padded = data + b"\0" * (len(data) % 2)
    return sum(struct.unpack(f"!{len(padded) // 2}H", padded))


def _checksum(total: int) -> int:
    """Return the Internet checksum (RFC 1071)."""
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


if __name__ == "__main__":
    main()
