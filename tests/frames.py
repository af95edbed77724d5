"""Builds Ethernet frames, and writes and reads captures."""

import struct
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path

from nmapwatchd.core.observation import Transport

SCANNER_MAC = bytes.fromhex("525400123456")
TARGET_MAC = bytes.fromhex("5254000000ff")
TAGS = {0: b"", 1: struct.pack(">HH", 0x8100, 12), 2: struct.pack(">HHHH", 0x88A8, 7, 0x8100, 13)}


def frame(
    payload: bytes,
    *,
    transport: Transport = Transport.TCP,
    source: str = "10.0.0.5",
    destination: str = "10.0.0.8",
    ports: tuple[int, int] = (40_000, 80),
    tags: int = 0,
    options: bytes = b"",
    number: int = 0,
) -> bytes:
    """Return a frame; `number` distinguishes frames of the same content."""
    if transport is Transport.TCP:
        length = (20 + len(options)) // 4
        head = struct.pack(">HHIIBBHHH", *ports, number, 1, length << 4, 0x18, 502, 0, 0) + options
        protocol = 6
    else:
        head = struct.pack(">HHHH", *ports, 8 + len(payload), number & 0xFFFF)
        protocol = 17
    body = head + payload
    sender, receiver = ip_address(source).packed, ip_address(destination).packed
    if len(sender) == 4:
        kind = 0x0800
        head = struct.pack(
            ">BBHHHBB", 0x45, 0, 20 + len(body), number & 0xFFFF, 0x4000, 64, protocol
        )
        network = head + struct.pack(">H", checksum(head + sender + receiver))
    else:
        kind = 0x86DD
        network = struct.pack(">IHBB", 6 << 28, len(body), protocol, 64)
    link = TARGET_MAC + SCANNER_MAC + TAGS[tags] + struct.pack(">H", kind)
    return link + network + sender + receiver + body


def checksum(header: bytes) -> int:
    """Return the checksum of an IPv4 header (RFC 1071), which bridges verify."""
    total: int = sum(struct.unpack(f">{len(header) // 2}H", header))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def write_capture(
    file: Path, frames: Iterable[bytes], start: int = 1_795_348_800, link: int = 1
) -> Path:
    """Write frames as a pcap file of a link type, one millisecond apart."""
    with file.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, link))
        for number, data in enumerate(frames):
            seconds, milliseconds = divmod(number, 1000)
            head = (start + seconds, milliseconds * 1000, len(data), len(data))
            out.write(struct.pack("<IIII", *head) + data)
    return file


def write_timed_capture(file: Path, frames: Iterable[tuple[float, bytes]]) -> Path:
    """Write frames as a pcap file, in the order of their times in seconds."""
    with file.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1))
        for at, data in sorted(frames, key=lambda pair: pair[0]):
            seconds, microseconds = divmod(round(at * 1e6), 1_000_000)
            head = (1_795_348_800 + seconds, microseconds, len(data), len(data))
            out.write(struct.pack("<IIII", *head) + data)
    return file


def frames_of(file: Path) -> list[bytes]:
    """Read the frames of a little-endian pcap file."""
    data = file.read_bytes()
    frames, at = [], 24
    while at + 16 <= len(data):
        (length,) = struct.unpack_from("<I", data, at + 8)
        frames.append(data[at + 16 : at + 16 + length])
        at += 16 + length
    return frames
