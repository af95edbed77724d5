"""Mutates captures: what a broken card, a cut disk or an attacker makes of them."""

import random
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address

GLOBAL_HEAD = 24  # bytes of a pcap file's header
RECORD_HEAD = 16  # and of a record's
# Seconds between two mutants in one capture: far more than a window, so that each stands alone.
APART = 600
# Link types of other captures: BSD loopback, PPP, raw IP, 802.11, Linux cooked, USB, one unknown.
LINKS = (0, 9, 12, 101, 105, 113, 127, 189, 276, 65_000)

Dice = random.Random


@dataclass(frozen=True, slots=True)
class Record:
    """One frame of a capture file, with what the file says of it."""

    seconds: int
    micros: int
    length: int  # on the wire, as the file claims
    data: bytes
    sender: str = ""  # who sent the frame that it was made of


def records_of(capture: bytes) -> list[Record]:
    """Read the frames of a little-endian pcap file of Ethernet frames."""
    found, at = [], GLOBAL_HEAD
    while at + RECORD_HEAD <= len(capture):
        seconds, micros, kept, length = struct.unpack_from("<IIII", capture, at)
        data = capture[at + RECORD_HEAD : at + RECORD_HEAD + kept]
        found.append(Record(seconds, micros, length, data, sender(data)))
        at += RECORD_HEAD + kept
    return found


def written(records: Sequence[Record], link: int = 1) -> bytes:
    """Return a pcap file of these frames."""
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, link)
    return head + b"".join(
        struct.pack("<IIII", r.seconds & 0xFFFFFFFF, r.micros, len(r.data), r.length) + r.data
        for r in records
    )


def sender(frame: bytes) -> str:
    """Return the address that stands where that of an IP packet's sender does; '' for others."""
    at = 12
    while frame[at : at + 2] in (b"\x81\x00", b"\x88\xa8"):
        at += 4
    kind, packet = frame[at : at + 2], frame[at + 2 :]
    span = {b"\x08\x00": slice(12, 16), b"\x86\xdd": slice(8, 24)}.get(kind)
    if span is None or len(packet) < span.stop:
        return ""
    return str(ip_address(packet[span]))


# Each takes a frame, and returns what becomes of it.


def flipped(record: Record, dice: Dice) -> list[Record]:
    """Other bytes, anywhere."""
    return [_put(record, dice, range(len(record.data)), dice.choice((1, 2, 8, 64)))]


def flipped_in_the_headers(record: Record, dice: Dice) -> list[Record]:
    """Other bytes where lengths, offsets and flags stand."""
    return [_put(record, dice, range(12, min(len(record.data), 66)), dice.choice((1, 2, 4)))]


def cut(record: Record, dice: Dice) -> list[Record]:
    """The end is missing, and the file says so, or does not."""
    data = record.data[: dice.randrange(len(record.data) + 1)]
    return [replace(record, data=data, length=dice.choice((record.length, len(data))))]


def lengthened(record: Record, dice: Dice) -> list[Record]:
    """Something follows that belongs to nothing."""
    data = record.data + dice.randbytes(dice.choice((1, 60, 1500, 9000)))
    return [replace(record, data=data, length=len(data))]


def of_another_length(record: Record, dice: Dice) -> list[Record]:
    """The lengths of the IP packet, and what follows them, lie."""
    data = bytearray(record.data)
    for at in dice.sample((16, 17, 18, 19, 38, 39, 46), 2):
        if at < len(data):
            data[at] = dice.choice((0, 1, 0xFF, dice.randrange(256)))
    claimed = dice.choice((record.length, 0, 65_535, 0xFFFFFFFF))
    return [replace(record, data=bytes(data), length=claimed)]


def of_another_time(record: Record, dice: Dice) -> list[Record]:
    """The clock jumps."""
    jump = dice.choice((-3600, -1, 1, 3600, -(10**9), 2**31))
    micros = dice.choice((record.micros, 999_999, 0, 2**32 - 1))
    return [replace(record, seconds=(record.seconds + jump) % 2**32, micros=micros)]


def lost(_record: Record, _dice: Dice) -> list[Record]:
    """It is not there."""
    return []


def doubled(record: Record, _dice: Dice) -> list[Record]:
    """It is there twice."""
    return [record, record]


FRAMEWISE: tuple[Callable[[Record, Dice], list[Record]], ...] = (
    flipped, flipped, flipped_in_the_headers, flipped_in_the_headers, cut, lengthened,
    of_another_length, of_another_time, lost, doubled,
)  # fmt: skip


def mutated_frames(records: Sequence[Record], dice: Dice, mutants: int) -> list[Record]:
    """Return several mutants of a capture, one after the other in time."""
    found: list[Record] = []
    for number in range(mutants):
        share = dice.choice((0.02, 0.2, 1.0))  # of the frames that are touched
        for record in records:
            moved = replace(record, seconds=record.seconds + number * APART)
            if dice.random() < share:
                found += dice.choice(FRAMEWISE)(moved, dice)
            else:
                found.append(moved)
    return found


def _cut(capture: bytes, dice: Dice) -> bytes:
    """Cut anywhere, most of all in the first headers."""
    return capture[: dice.choice((dice.randrange(40), dice.randrange(len(capture))))]


def _of_another_link(capture: bytes, dice: Dice) -> bytes:
    return written(records_of(capture), dice.choice(LINKS))


def _of_another_head(capture: bytes, dice: Dice) -> bytes:
    return _other_bytes(capture, dice, range(GLOBAL_HEAD), dice.choice((1, 4)))


def _askew(capture: bytes, dice: Dice) -> bytes:
    """A record lies of its length, so that the next ones are read from the wrong place."""
    at = GLOBAL_HEAD
    for record in records_of(capture)[: dice.randrange(8)]:
        at += RECORD_HEAD + len(record.data)
    where = range(min(at + 8, len(capture)), min(at + 16, len(capture)))
    return _other_bytes(capture, dice, where, dice.choice((1, 3)))


def _interrupted(capture: bytes, dice: Dice) -> bytes:
    """Something stands in between."""
    at = dice.randrange(GLOBAL_HEAD, len(capture))
    return capture[:at] + dice.randbytes(dice.choice((1, 16, 5000))) + capture[at:]


def _damaged(capture: bytes, dice: Dice) -> bytes:
    return _other_bytes(capture, dice, range(len(capture)), dice.choice((1, 10, 200)))


def mutated_file(capture: bytes, dice: Dice) -> bytes:
    """Return a capture file that is broken as a file."""
    ways = (_cut, _of_another_link, _of_another_head, _askew, _interrupted, _damaged)
    return dice.choice(ways)(capture, dice)


def _put(record: Record, dice: Dice, where: range, count: int) -> Record:
    return replace(record, data=_other_bytes(record.data, dice, where, count))


def _other_bytes(data: bytes, dice: Dice, where: range, count: int) -> bytes:
    changed = bytearray(data)
    for _ in range(count if where else 0):
        changed[dice.choice(where)] = dice.randrange(256)
    return bytes(changed)
