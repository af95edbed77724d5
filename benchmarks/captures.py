"""Reads capture files, and writes samples and repetitions of them."""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

# Magic numbers of little-endian pcap files, and the size of the file header and of a frame's
# header (https://www.tcpdump.org/manpages/pcap-savefile.5.html).
_MAGIC = (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1")
_FILE_HEADER, _FRAME_HEADER = 24, 16
# A frame's header starts with the second of its timestamp.
_SECOND = struct.Struct("<I")

# Timestamp of the first frame of a written capture, seconds since the epoch.
_START = 1_795_348_800
# An ARP request: a frame that every sensor reads and none inspects further.
_ARP = bytes.fromhex(
    "ffffffffffff020000000001080600010800060400010200000000010a5800010000000000000a580002"
)


@dataclass(frozen=True, slots=True)
class FrameSpan:
    """The offsets of a frame in a capture file, header included."""

    start: int
    end: int


def frames_of(capture: bytes) -> Iterator[FrameSpan]:
    """Yield the frames of a pcap file's bytes, without a truncated last one."""
    if capture[:4] not in _MAGIC:
        raise ValueError("not a little-endian pcap file")
    start = _FILE_HEADER
    while start + _FRAME_HEADER <= len(capture):
        end = start + _FRAME_HEADER + struct.unpack_from("<I", capture, start + 8)[0]
        if end > len(capture):
            return
        yield FrameSpan(start, end)
        start = end


def count_frames(path: Path) -> int:
    """Return the number of frames in a capture file."""
    return sum(1 for _ in frames_of(path.read_bytes()))


def count_messages(path: Path) -> int:
    """Return the number of client messages in a capture file, at least 1."""
    return max(1, sum(1 for _ in messages_of(path)))


def messages_of(path: Path) -> Iterator[bytes]:
    """Yield client messages: frames with a payload to a well-known port over IPv4."""
    capture = path.read_bytes()
    for span in frames_of(capture):
        frame = capture[span.start + _FRAME_HEADER : span.end]
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
    Write a sample of a capture: stretches of consecutive frames, and all frames of one host.

    Args:
        path: the capture.
        target: the file of the sample.
        size: approximate number of frames in all stretches.
        stretches: number of stretches, spread evenly over the capture.
        host: IPv4 address of the host whose frames, sent or received, are all in the sample.
    """
    capture = path.read_bytes()
    frames = list(frames_of(capture))
    length = max(1, size // stretches)
    starts = (round(number * len(frames) / stretches) for number in range(stretches))
    sampled = {number for start in starts for number in range(start, start + length)}
    address = IPv4Address(host).packed
    with target.open("wb") as file:
        file.write(capture[:_FILE_HEADER])
        for number, span in enumerate(frames):
            frame = capture[span.start : span.end]
            if number in sampled or address in _addresses(frame[_FRAME_HEADER:]):
                file.write(frame)


def _addresses(frame: bytes) -> tuple[bytes, bytes]:
    """Return the addresses of an IPv4 frame, source first."""
    return frame[26:30], frame[30:34]


def write_repeated(path: Path, target: Path, times: int) -> None:
    """Write a capture repeated several times, with continuous timestamps."""
    capture = path.read_bytes()
    frames = list(frames_of(capture))
    first, last = (_SECOND.unpack_from(capture, frames[at].start)[0] for at in (0, -1))
    with target.open("wb") as file:
        file.write(capture[:_FILE_HEADER])
        for number in range(times):
            shifted = bytearray(capture)
            for frame in frames:
                (second,) = _SECOND.unpack_from(capture, frame.start)
                _SECOND.pack_into(shifted, frame.start, second + number * (last - first + 1))
            file.write(memoryview(shifted)[_FILE_HEADER : frames[-1].end])


def write_idle(target: Path) -> None:
    """Write a capture of one frame, so that reading it takes a program's start-up time only."""
    write_frames(target, [_ARP])


def write_frames(target: Path, frames: Iterable[bytes]) -> None:
    """Write a capture of Ethernet frames, one millisecond apart."""
    with target.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1))
        for number, frame in enumerate(frames):
            seconds, milliseconds = divmod(number, 1_000)
            times = _START + seconds, milliseconds * 1_000
            file.write(struct.pack("<IIII", *times, len(frame), len(frame)) + frame)
