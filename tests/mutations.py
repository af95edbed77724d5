"""Mutates captures as a defective card, a full disk or an attacker would."""

import random
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address

FILE_HEADER = 24  # bytes of a pcap file's header
RECORD_HEADER = 16  # bytes of a record's header
# Seconds between two mutants in one capture: far longer than a window, so that they are
# independent.
INTERVAL = 600
# Other link types: BSD loopback, PPP, raw IP, 802.11, Linux cooked, USB and an unknown one.
LINKS = (0, 9, 12, 101, 105, 113, 127, 189, 276, 65_000)

Dice = random.Random


@dataclass(frozen=True, slots=True)
class Record:
    """One frame of a capture file, with its record header."""

    seconds: int
    micros: int
    length: int  # length on the wire according to the file
    data: bytes
    source: str = ""  # source address of the frame that it is a mutant of


def records_of(capture: bytes) -> list[Record]:
    """Read the frames of a little-endian pcap file of Ethernet frames."""
    found, at = [], FILE_HEADER
    while at + RECORD_HEADER <= len(capture):
        seconds, micros, kept, length = struct.unpack_from("<IIII", capture, at)
        data = capture[at + RECORD_HEADER : at + RECORD_HEADER + kept]
        found.append(Record(seconds, micros, length, data, source_of(data)))
        at += RECORD_HEADER + kept
    return found


def written(records: Sequence[Record], link: int = 1) -> bytes:
    """Return a pcap file of some frames."""
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, link)
    return head + b"".join(
        struct.pack("<IIII", r.seconds & 0xFFFFFFFF, r.micros, len(r.data), r.length) + r.data
        for r in records
    )


def source_of(frame: bytes) -> str:
    """Return the source address of an IP packet; '' for another frame."""
    at = 12
    while frame[at : at + 2] in (b"\x81\x00", b"\x88\xa8"):
        at += 4
    kind, packet = frame[at : at + 2], frame[at + 2 :]
    span = {b"\x08\x00": slice(12, 16), b"\x86\xdd": slice(8, 24)}.get(kind)
    if span is None or len(packet) < span.stop:
        return ""
    return str(ip_address(packet[span]))


# Each takes a frame, and returns its mutant as a list of frames.


def flipped(record: Record, dice: Dice) -> list[Record]:
    """Replace bytes at any offset."""
    return [_with_other_bytes(record, dice, range(len(record.data)), dice.choice((1, 2, 8, 64)))]


def flipped_in_the_headers(record: Record, dice: Dice) -> list[Record]:
    """Replace bytes of the headers, with their lengths, offsets and flags."""
    return [
        _with_other_bytes(
            record, dice, range(12, min(len(record.data), 66)), dice.choice((1, 2, 4))
        )
    ]


def truncated(record: Record, dice: Dice) -> list[Record]:
    """Remove the end; the record's length on the wire follows, or does not."""
    data = record.data[: dice.randrange(len(record.data) + 1)]
    return [replace(record, data=data, length=dice.choice((record.length, len(data))))]


def lengthened(record: Record, dice: Dice) -> list[Record]:
    """Append random bytes."""
    data = record.data + dice.randbytes(dice.choice((1, 60, 1500, 9000)))
    return [replace(record, data=data, length=len(data))]


def with_other_lengths(record: Record, dice: Dice) -> list[Record]:
    """Change the length fields of the IP packet, its segment and the record."""
    data = bytearray(record.data)
    for at in dice.sample((16, 17, 18, 19, 38, 39, 46), 2):
        if at < len(data):
            data[at] = dice.choice((0, 1, 0xFF, dice.randrange(256)))
    claimed = dice.choice((record.length, 0, 65_535, 0xFFFFFFFF))
    return [replace(record, data=bytes(data), length=claimed)]


def with_another_time(record: Record, dice: Dice) -> list[Record]:
    """Change the timestamp, as a clock step would."""
    jump = dice.choice((-3600, -1, 1, 3600, -(10**9), 2**31))
    micros = dice.choice((record.micros, 999_999, 0, 2**32 - 1))
    return [replace(record, seconds=(record.seconds + jump) % 2**32, micros=micros)]


def removed(_record: Record, _dice: Dice) -> list[Record]:
    """Remove the frame."""
    return []


def duplicated(record: Record, _dice: Dice) -> list[Record]:
    """Duplicate the frame."""
    return [record, record]


FRAME_MUTATIONS: tuple[Callable[[Record, Dice], list[Record]], ...] = (
    flipped, flipped, flipped_in_the_headers, flipped_in_the_headers, truncated, lengthened,
    with_other_lengths, with_another_time, removed, duplicated,
)  # fmt: skip


def mutated_frames(records: Sequence[Record], dice: Dice, mutants: int) -> list[Record]:
    """Return several mutants of a capture, in sequence."""
    found: list[Record] = []
    for number in range(mutants):
        share = dice.choice((0.02, 0.2, 1.0))  # share of mutated frames
        for record in records:
            moved = replace(record, seconds=record.seconds + number * INTERVAL)
            if dice.random() < share:
                found += dice.choice(FRAME_MUTATIONS)(moved, dice)
            else:
                found.append(moved)
    return found


def _truncated(capture: bytes, dice: Dice) -> bytes:
    """Truncate the file, in half of the cases within the first headers."""
    return capture[: dice.choice((dice.randrange(40), dice.randrange(len(capture))))]


def _with_another_link_type(capture: bytes, dice: Dice) -> bytes:
    return written(records_of(capture), dice.choice(LINKS))


def _with_another_file_header(capture: bytes, dice: Dice) -> bytes:
    return _other_bytes(capture, dice, range(FILE_HEADER), dice.choice((1, 4)))


def _misaligned(capture: bytes, dice: Dice) -> bytes:
    """Change a record's length, so that the next ones are read from the wrong offset."""
    at = FILE_HEADER
    for record in records_of(capture)[: dice.randrange(8)]:
        at += RECORD_HEADER + len(record.data)
    length_fields = range(min(at + 8, len(capture)), min(at + 16, len(capture)))
    return _other_bytes(capture, dice, length_fields, dice.choice((1, 3)))


def _interrupted(capture: bytes, dice: Dice) -> bytes:
    """Insert random bytes."""
    at = dice.randrange(FILE_HEADER, len(capture))
    return capture[:at] + dice.randbytes(dice.choice((1, 16, 5000))) + capture[at:]


def _damaged(capture: bytes, dice: Dice) -> bytes:
    return _other_bytes(capture, dice, range(len(capture)), dice.choice((1, 10, 200)))


def mutated_file(capture: bytes, dice: Dice) -> bytes:
    """Return a capture file with an invalid structure."""
    mutations = (
        _truncated,
        _with_another_link_type,
        _with_another_file_header,
        _misaligned,
        _interrupted,
        _damaged,
    )
    return dice.choice(mutations)(capture, dice)


def _with_other_bytes(record: Record, dice: Dice, offsets: range, count: int) -> Record:
    return replace(record, data=_other_bytes(record.data, dice, offsets, count))


def _other_bytes(data: bytes, dice: Dice, offsets: range, count: int) -> bytes:
    changed = bytearray(data)
    for _ in range(count if offsets else 0):
        changed[dice.choice(offsets)] = dice.randrange(256)
    return bytes(changed)
