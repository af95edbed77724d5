"""Reads and cuts capture files: how many frames, and samples of them."""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

# Magic numbers of the pcap files that tcpdump writes on this kind of machine, and the size of the
# file's and of a frame's header (https://www.tcpdump.org/manpages/pcap-savefile.5.html).
_MAGIC = (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1")
_FILE_HEADER, _FRAME_HEADER = 24, 16
# A frame's header begins with the second at which it was seen.
_SECOND = struct.Struct("<I")

# When the first frame of a capture that is written here was seen, seconds since the epoch.
_SOME_DAY = 1_795_348_800
# An ARP request: a frame that every sensor reads and none cares for.
_ARP = bytes.fromhex(
    "ffffffffffff020000000001080600010800060400010200000000010a5800010000000000000a580002"
)


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a frame lies in a capture file, header included."""

    start: int
    end: int


def frames_of(capture: bytes) -> Iterator[Frame]:
    """Yield the frames of a pcap file's bytes; a cut last one is left out."""
    if capture[:4] not in _MAGIC:
        raise ValueError("not a little-endian pcap file")
    start = _FILE_HEADER
    while start + _FRAME_HEADER <= len(capture):
        end = start + _FRAME_HEADER + struct.unpack_from("<I", capture, start + 8)[0]
        if end > len(capture):
            return
        yield Frame(start, end)
        start = end


def count_frames(path: Path) -> int:
    """Return how many frames a capture file holds."""
    return sum(1 for _ in frames_of(path.read_bytes()))


def count_messages(path: Path) -> int:
    """Return how many frames carry something from a client: to a well-known port, over IPv4."""
    return max(1, sum(1 for _ in messages_of(path)))


def messages_of(path: Path) -> Iterator[bytes]:
    """Yield those frames, without the capture file's header of each."""
    capture = path.read_bytes()
    for place in frames_of(capture):
        frame = capture[place.start + _FRAME_HEADER : place.end]
        if _is_message(frame):
            yield frame


def _is_message(frame: bytes) -> bool:
    header = 14 + (frame[14] & 15) * 4
    if frame[12:14] != b"\x08\x00" or int.from_bytes(frame[header + 2 : header + 4]) >= 1024:
        return False
    is_tcp = frame[23] == 6
    payload = header + ((frame[header + 12] >> 4) * 4 if is_tcp else 8)
    return 14 + int.from_bytes(frame[16:18]) > payload


def write_sample(path: Path, target: Path, size: int, stretches: int, host: str) -> None:
    """
    Write a sample of a capture: stretches of neighbouring frames, and all that one host said.

    Args:
        path: the capture.
        target: where to write the sample.
        size: frames of the stretches, about.
        stretches: how many they are, spread evenly over the capture.
        host: the IPv4 address of a host of which every frame, sent or received, is in the sample.
    """
    capture = path.read_bytes()
    frames = list(frames_of(capture))
    length = max(1, size // stretches)
    begins = (round(number * len(frames) / stretches) for number in range(stretches))
    wanted = {number for begin in begins for number in range(begin, begin + length)}
    address = IPv4Address(host).packed
    with target.open("wb") as file:
        file.write(capture[:_FILE_HEADER])
        for number, place in enumerate(frames):
            frame = capture[place.start : place.end]
            if number in wanted or address in _ends(frame[_FRAME_HEADER:]):
                file.write(frame)


def _ends(frame: bytes) -> tuple[bytes, bytes]:
    """Return the addresses that a frame has if it is one of IPv4."""
    return frame[26:30], frame[30:34]


def write_repeated(path: Path, target: Path, times: int) -> None:
    """Write a capture several times over, one after the other, as if it had gone on."""
    capture = path.read_bytes()
    frames = list(frames_of(capture))
    first, last = (_SECOND.unpack_from(capture, frames[at].start)[0] for at in (0, -1))
    with target.open("wb") as file:
        file.write(capture[:_FILE_HEADER])
        for number in range(times):
            later = bytearray(capture)
            for frame in frames:
                (second,) = _SECOND.unpack_from(capture, frame.start)
                _SECOND.pack_into(later, frame.start, second + number * (last - first + 1))
            file.write(memoryview(later)[_FILE_HEADER : frames[-1].end])


def write_idle(target: Path) -> None:
    """Write a capture of a single frame, so that reading it costs a program's start alone."""
    write_frames(target, [_ARP])


def write_frames(target: Path, frames: Iterable[bytes]) -> None:
    """Write a capture of some Ethernet frames, a millisecond apart."""
    with target.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1))
        for number, frame in enumerate(frames):
            seconds, milliseconds = divmod(number, 1_000)
            times = _SOME_DAY + seconds, milliseconds * 1_000
            file.write(struct.pack("<IIII", *times, len(frame), len(frame)) + frame)
