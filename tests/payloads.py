"""Payloads of the goldens."""

from pathlib import Path

from nmapwatchd.core.observation import Transport
from tests.frames import frames_of

GOLDENS = sorted((Path(__file__).parent / "goldens").glob("*/*.pcap"))


def golden_payloads() -> list[tuple[Transport, int, bytes]]:
    """Return distinct payloads of untagged IPv4 frames of the goldens, and their port."""
    found: dict[tuple[Transport, int, bytes], None] = {}
    for golden in GOLDENS:
        for data in frames_of(golden):
            fragment = data[20] & 0x3F or data[21]
            if data[12:15] != b"\x08\x00\x45" or data[23] not in (6, 17) or fragment:
                continue
            transport = Transport.TCP if data[23] == 6 else Transport.UDP
            head = (data[46] >> 4) * 4 if transport is Transport.TCP else 8
            end = 14 + int.from_bytes(data[16:18])
            if payload := data[34 + head : end]:
                found[transport, int.from_bytes(data[36:38]), payload[:1400]] = None
    return list(found)
