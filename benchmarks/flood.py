"""
Sends client messages endlessly, each in a new flow.

The messages are those of a capture, with spoofed sources: a hundred sources are active at a time,
and each starts with a test request and stops after some more messages.
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

# Active sources, and messages of each: few enough per second that no source exceeds the flood
# limit, and enough sources that windows open and close all the time.
ACTIVE, MESSAGES = 100, 250
# The first source address, and the first source port of each.
_FIRST, _PORT = int(IPv4Address("10.128.0.0")), 20_000
_TEST_REQUEST = b"Nmap Scripting Engine"
# Seconds between two bursts.
_BURST_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class _Message:
    """A frame without source address and port, in parts, with its partial checksums."""

    link: bytes
    length: bytes  # the start of the IP header, up to and including the length
    flags: bytes  # the IP header after the IP ID, up to the checksum
    target: bytes
    port: bytes
    middle: bytes  # the transport header after the ports, up to the checksum
    rest: bytes
    network_sum: int
    transport_sum: int

    def frame(self, source: int, port: int) -> bytes:
        """Return the frame of a source, with its own IP ID: only decoys share theirs."""
        number = source & 0xFFFF
        added = (source >> 16) + number
        network = _checksum(self.network_sum + added + number)
        transport = _checksum(self.transport_sum + added + port)
        return b"".join(
            (self.link, self.length, struct.pack("!H", number), self.flags,
             struct.pack("!HI", network, source), self.target, struct.pack("!H", port), self.port,
             self.middle, struct.pack("!H", transport), self.rest)
        )  # fmt: skip


def sources(messages: int) -> list[str]:
    """Return the source addresses of the first messages, `messages` of them."""
    whole, part = divmod(messages, ACTIVE * MESSAGES)
    return [str(IPv4Address(_FIRST + n)) for n in range(whole * ACTIVE + min(part, ACTIVE))]


def flood(frames: list[bytes]) -> Iterator[bytes]:
    """Yield frames endlessly, made from some frames that include a test request."""
    test_request = _message(next(frame for frame in frames if _TEST_REQUEST in frame))
    others = [_message(frame) for frame in frames]
    for number in count():
        block, within = divmod(number, ACTIVE * MESSAGES)
        turn, source = divmod(within, ACTIVE)
        message = others[number % len(others)] if turn else test_request
        yield message.frame(_FIRST + block * ACTIVE + source, _PORT + turn)


def main() -> None:
    """Send until interrupted; then print the number of messages sent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("capture", type=Path)
    parser.add_argument("rate", type=int, help="messages per second")
    options = parser.parse_args()
    sent = 0
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as packet_socket:
        packet_socket.bind((INTERFACE, 0))
        start = time.monotonic()
        try:
            for frame in flood(list(messages_of(options.capture))):
                packet_socket.send(frame)
                sent += 1
                while sent > (time.monotonic() - start) * options.rate:
                    time.sleep(_BURST_SECONDS)
        except KeyboardInterrupt:
            print(sent)


def _message(frame: bytes) -> _Message:
    """Split an untagged IPv4 frame without options that carries TCP or UDP."""
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
