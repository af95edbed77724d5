"""Builds single packets with their headers, and replays them."""

import asyncio
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from pathlib import Path

from nmapwatchd.commands.replay import Replay
from nmapwatchd.core.alert import Alert
from nmapwatchd.core.attribution.allowlist import Allowlist
from nmapwatchd.core.counters import Counters
from nmapwatchd.core.windows.table import WindowPolicy
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.frames import SCANNER_MAC, TARGET_MAC, write_capture

DEFAULT_THRESHOLD = WindowPolicy().threshold
MSS_1460 = bytes.fromhex("020405b4")


@dataclass(frozen=True, slots=True)
class TcpShape:
    """The fields of a TCP header that are the same in a series of packets."""

    flags: int
    window: int
    options: bytes = b""
    sequence: int = 0
    acknowledgment: int = 0


def network(
    body: bytes,
    protocol: int,
    *,
    source: str = "10.0.0.5",
    destination: str = "10.0.0.8",
    ttl: int = 64,
    dont_fragment: bool = False,
    tos: int = 0,
    number: int = 1,
    flow: int = 0,
    more_fragments: bool = False,
    mac: bytes = SCANNER_MAC,
) -> bytes:
    """Return a frame with a transport header and payload; `number` is the IP ID."""
    sender, receiver = ip_address(source).packed, ip_address(destination).packed
    if len(sender) == 4:
        kind, flags = b"\x08\x00", 0x4000 * dont_fragment | 0x2000 * more_fragments
        head = struct.pack(
            ">BBHHHBBH", 0x45, tos, 20 + len(body), number & 0xFFFF, flags, ttl, protocol, 0
        )
    else:
        kind = b"\x86\xdd"
        head = struct.pack(">IHBB", 6 << 28 | tos << 20 | flow, len(body), protocol, ttl)
    return TARGET_MAC + mac + kind + head + sender + receiver + body


def tcp(shape: TcpShape, *, ports: tuple[int, int], **changes: object) -> bytes:
    """Return a TCP packet without payload."""
    words = (20 + len(shape.options)) // 4
    body = struct.pack(
        ">HHIIHHHH", *ports, shape.sequence, shape.acknowledgment, words << 12 | shape.flags,
        shape.window, 0, 0,
    )  # fmt: skip
    return network(body + shape.options, 6, **changes)  # type: ignore[arg-type]


def udp(payload: bytes, *, ports: tuple[int, int], **changes: object) -> bytes:
    """Return a UDP datagram."""
    body = struct.pack(">HHHH", *ports, 8 + len(payload), 0) + payload
    return network(body, 17, **changes)  # type: ignore[arg-type]


def icmp(kind: int, data: bytes = b"", *, code: int = 0, identifier: int = 7,
         sequence: int = 0, version: int = 4, **changes: object) -> bytes:  # fmt: skip
    """Return an ICMP or ICMPv6 message."""
    body = struct.pack(">BBHHH", kind, code, 0, identifier, sequence) + data
    return network(body, 1 if version == 4 else 58, **changes)  # type: ignore[arg-type]


def sctp(chunk: bytes, *, ports: tuple[int, int], **changes: object) -> bytes:
    """Return an SCTP packet with one chunk, without a verification tag and checksum."""
    return network(struct.pack(">HHII", *ports, 0, 0) + chunk, 132, **changes)  # type: ignore[arg-type]


@cache
def _replay(threshold: int) -> Replay:
    """Return the replay, cached: it checks tshark once, which takes a second."""
    return Replay(shipped_catalogue(), Allowlist(), WindowPolicy(threshold=threshold))


def replayed(
    folder: Path, frames: Iterable[bytes], threshold: int = DEFAULT_THRESHOLD, link: int = 1
) -> list[Alert]:
    """Return the alerts for some frames of a link type."""
    capture = write_capture(folder / "frames.pcap", frames, link=link)
    return replayed_capture(capture, threshold=threshold)


def replayed_capture(
    capture: Path, counters: Counters | None = None, threshold: int = DEFAULT_THRESHOLD
) -> list[Alert]:
    """Return the alerts for a capture; update the counters."""

    async def read() -> list[Alert]:
        messages = _replay(threshold).messages(str(capture), counters or Counters())
        return [message async for message in messages if isinstance(message, Alert)]

    return asyncio.run(read())


def rule_ids(alerts: Iterable[Alert]) -> set[str]:
    """Return the ids of the rules in some alerts."""
    return {rule.id for alert in alerts for rule in alert.rules}
