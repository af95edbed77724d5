"""Generate packets of few different bytes, and tests that often match them."""

import random
import struct
from dataclasses import dataclass

from nmapwatchd.core.matching.expression import Op
from nmapwatchd.core.matching.matcher import Base
from nmapwatchd.core.observation import Transport
from nmapwatchd.filters.byte_tests import Alternative, Bound, Bytes, ByteTest, Port
from tests.frames import TAGS

PROTOCOLS = {
    Transport.TCP: 6, Transport.UDP: 17, Transport.ICMP: 1, Transport.ICMPV6: 58,
    Transport.SCTP: 132, Transport.IP: 47,
}  # fmt: skip
LETTERS = b"\x00\x01\x7f\x80\xff"
SIZES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 40]


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet in its parts."""

    transport: Transport
    network: bytes
    header: bytes
    payload: bytes
    padding: bytes  # added by the link to a small one

    @property
    def version(self) -> Base:
        return Base.IPV4 if self.network[0] >> 4 == 4 else Base.IPV6

    def frame(self, tags: int = 0) -> bytes:
        """Return it on Ethernet."""
        kind = b"\x08\x00" if self.version is Base.IPV4 else b"\x86\xdd"
        parts = (self.network, self.header, self.payload, self.padding)
        return bytes(12) + TAGS[tags] + kind + b"".join(parts)

    def passes(self, test: ByteTest) -> bool:
        """Return whether a test passes."""
        match test:
            case Port(number):
                return self.header[2:4] == struct.pack(">H", number)
            case Bound(offset, size, base, op, number):
                there = self._part(base)[offset : offset + size]
                value = int.from_bytes(there)
                within = value >= number if op is Op.AT_LEAST else value <= number
                return len(there) == size and within
            case Bytes(offset, value, base, mask):
                there = self._part(base)[offset : offset + len(value)]
                masks = mask or b"\xff" * len(value)
                pairs = zip(there, value, masks, strict=False)
                return len(there) == len(value) and all(a & m == b & m for a, b, m in pairs)

    def _part(self, base: Base) -> bytes:
        """Return the bytes after an origin."""
        if base is Base.HEADER:
            return self.header + self.payload + self.padding
        if base is Base.PAYLOAD:
            return self.payload
        return self.network if base is self.version else b""


def packet(chance: random.Random) -> Packet:
    """Generate a packet."""
    transport = chance.choice([Transport.TCP, Transport.TCP, Transport.UDP, *Transport])
    header, payload = _letters(chance, 8), _letters(chance, chance.choice(SIZES))
    padding = _letters(chance, chance.choice([0, 0, 6, 18]))
    if transport is Transport.TCP:
        words, flags = chance.choice([5, 5, 6, 8]), chance.choice([0x01, 0x02, 0x10, 0x18])
        header += _letters(chance, 4) + bytes([words << 4, flags])
        header += _letters(chance, 4 * words - len(header))
    if chance.random() < 0.5:
        label = chance.choice(LETTERS)
        size = len(header + payload)
        network = struct.pack(">IHBB", 6 << 28 | label, size, PROTOCOLS[transport], 64) + bytes(32)
        return Packet(transport, network, header, payload, padding)
    fragment = chance.choice([0x0000, 0x4000])
    if (
        transport is Transport.TCP and chance.random() < 0.1
    ):  # the first, which ends within its header
        fragment, header, payload, padding = 0x2000, header[:8], b"", b""
    options = bytes(chance.choice([0, 0, 4, 40]))
    size = 20 + len(options)
    total = size + len(header + payload)
    if not padding and chance.random() < 0.1:  # left to a segmenting card, or wrong
        total = chance.choice([0, total + 100])
    network = struct.pack(
        ">BBHHHBB", 0x40 | size // 4, chance.choice(LETTERS), total, chance.choice([0, 1]),
        fragment, chance.choice(LETTERS), PROTOCOLS[transport],
    )  # fmt: skip
    return Packet(transport, network + bytes(10) + options, header, payload, padding)


def random_alternative(chance: random.Random) -> Alternative:
    """Generate an alternative that fits some packet."""
    like = packet(chance)
    parts = {like.version: like.network}
    tests: set[ByteTest] = set()
    if like.transport is not Transport.IP:  # without a header or payload
        parts |= {Base.HEADER: like.header, Base.PAYLOAD: like.payload}
        if chance.random() < 0.1:
            tests.add(Port(int.from_bytes(like.header[2:4])))
    for _ in range(chance.choice([1, 1, 2, 3])):
        base, part = chance.choice([(base, part) for base, part in parts.items() if part])
        offset = 0 if chance.random() < 0.4 else chance.randrange(min(len(part), 20))
        # Of the network header, what it always has.
        value = part[offset : min(offset + chance.randrange(1, 5), 20)]
        kind = chance.random() if base is not Base.PAYLOAD else 1
        if kind < 0.1:
            op = chance.choice([Op.AT_LEAST, Op.AT_MOST])
            tests.add(Bound(offset, 1, base, op, value[0]))
        elif kind < 0.2:
            mask = bytes(chance.choices([0x20, 0x40, 0x0F, 0xF0], k=len(value)))
            masked = bytes(a & b for a, b in zip(value, mask, strict=True))
            tests.add(Bytes(offset, masked, base, mask))
        else:
            tests.add(Bytes(offset, value, base))
    return like.transport, frozenset(tests)


def _letters(chance: random.Random, size: int) -> bytes:
    return bytes(chance.choices(LETTERS, k=size))
