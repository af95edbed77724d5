"""
`--ttl` hides no raw scan of three ports.

What several packets have in common does not depend on the TTL: nmap keeps one sequence number, or
acknowledgment number, and one source port for all targets.
"""

import random
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.packets import MSS_1460, TcpShape, network, replayed, rule_ids, sctp, tcp, udp

PORTS = (21, 22, 80, 443)
CHANCE = random.Random(15)  # noqa: S311 - repeatable, not secret
NUMBER = 0xDE07A957
# Sources and targets: on the link, and behind a router.
WAYS = [
    {"source": "10.0.0.5", "destination": "10.0.0.8", "ttl": 64},
    {"source": "10.0.0.6", "destination": "10.0.0.8", "ttl": 128},
    {"source": "203.0.113.5", "destination": "198.51.100.8", "ttl": 57},
    {"source": "203.0.113.6", "destination": "198.51.100.8", "ttl": 121},
]

Scan = Callable[[dict[str, object]], Iterator[bytes]]


def packet_id() -> int:
    return CHANCE.randrange(1, 0x10000)


def tcp_scan(flags: int, source_port: int = 51_920) -> Scan:
    """Return a raw scan as nmap builds it: the number is where replies return it."""
    options = MSS_1460 if flags & 0x02 else b""
    numbers = {"acknowledgment": NUMBER} if flags & 0x10 else {"sequence": NUMBER}

    def scan(way: dict[str, object]) -> Iterator[bytes]:
        for port in PORTS:
            random_sequence = (
                {"sequence": CHANCE.randrange(1 << 32)} if flags & 0x12 == 0x12 else {}
            )
            shape = TcpShape(flags, 1024, options, **numbers, **random_sequence)
            yield tcp(shape, ports=(source_port, port), number=packet_id(), **way)

    return scan


def sctp_scan(chunk: Callable[[], bytes]) -> Scan:
    return lambda way: (
        sctp(chunk(), ports=(51_920, port), number=packet_id(), **way) for port in PORTS
    )


def init(tsn: int | None = None) -> bytes:
    tsn = CHANCE.randrange(1 << 32) if tsn is None else tsn
    return struct.pack(">BBHIIHHI", 1, 0, 20, CHANCE.randrange(1 << 32), 32768, 10, 2048, tsn)


def cookie_echo() -> bytes:
    return struct.pack(">BBHI", 10, 0, 8, CHANCE.randrange(1 << 32))


def protocol_scan(way: dict[str, object]) -> Iterator[bytes]:
    return (network(b"", protocol, number=packet_id(), **way) for protocol in (4, 41, 47, 50))  # type: ignore[arg-type]


def fragmented_scan(way: dict[str, object]) -> Iterator[bytes]:
    for port in PORTS:
        head = struct.pack(">HHI", 51_920, port, NUMBER)
        yield network(head, 6, number=packet_id(), more_fragments=True, **way)  # type: ignore[arg-type]


def datagram_scan(way: dict[str, object]) -> Iterator[bytes]:
    """Return empty datagrams, each of which is tried again; the lowest bit of a try is not used."""
    for attempt in (0, 2):
        for port in PORTS:
            yield udp(b"", ports=(51_920 + attempt, port), number=packet_id(), **way)


SCANS: dict[str, tuple[Scan, str]] = {
    "-sS": (tcp_scan(0x02), "tcp.raw-sequence-run"),
    "-sS -g 53": (tcp_scan(0x02, 53), "tcp.raw-sequence-run"),
    "-sF": (tcp_scan(0x01), "tcp.raw-sequence-run"),
    "-sN": (tcp_scan(0x00), "tcp.raw-sequence-run"),
    "-sX": (tcp_scan(0x29), "tcp.raw-sequence-run"),
    "-sA, -sW": (tcp_scan(0x10), "tcp.raw-acknowledgment-run"),
    "-sA -g 53": (tcp_scan(0x10, 53), "tcp.raw-acknowledgment-run"),
    "-sM": (tcp_scan(0x11), "tcp.raw-acknowledgment-run"),
    "--scanflags PSHURG": (tcp_scan(0x28), "tcp.raw-sequence-run"),
    "--scanflags SYNFIN": (tcp_scan(0x03), "tcp.raw-sequence-run"),
    "--scanflags RST": (tcp_scan(0x04), "tcp.raw-sequence-run"),
    "--scanflags RSTACK": (tcp_scan(0x14), "tcp.raw-acknowledgment-run"),
    "--scanflags SYNACK": (tcp_scan(0x12), "tcp.raw-acknowledgment-run"),
    "--scanflags ALL": (tcp_scan(0xFF), "tcp.raw-acknowledgment-run"),
    "-sY": (sctp_scan(init), "sctp.raw-init-run"),
    "-sZ": (sctp_scan(cookie_echo), "sctp.raw-cookie-echo"),
    "-sO": (protocol_scan, "ip.raw-protocols-many"),
    "-sU": (datagram_scan, "udp.raw-empty-retries"),
    "-f": (fragmented_scan, "tcp.raw-fragments-run"),
}


@pytest.mark.parametrize("kind", SCANS)
def test_a_scan_is_named_whatever_its_ttl(kind: str, tmp_path: Path) -> None:
    """A raw scan of three or more targets is named whatever TTL it is sent with, near or far."""
    scan, rule = SCANS[kind]

    alerts = replayed(tmp_path, [frame for way in WAYS for frame in scan(dict(way))])

    named = {alert.source for alert in alerts if rule in rule_ids([alert])}
    assert named == {way["source"] for way in WAYS}


def imitation(**kept: int) -> Iterator[bytes]:
    """Yield SYNs of nmap's form in which another tool's habits are kept or changed."""
    for index, port in enumerate((*PORTS, 8080, 8443)):
        values = {"sequence": NUMBER + 7919 * index, "source_port": 51_920, "number": packet_id()}
        values |= kept
        if "counted_port" in values:
            values["source_port"] += index
        shape = TcpShape(0x02, 1024, MSS_1460, sequence=values["sequence"])
        yield tcp(shape, ports=(values["source_port"], port), number=values["number"], ttl=64)


@pytest.mark.parametrize(
    "frames",
    [
        pytest.param(imitation(), id="masscan, zmap: a number for each target"),
        pytest.param(imitation(sequence=NUMBER, counted_port=1), id="hping3: a port each"),
        pytest.param(imitation(sequence=NUMBER, number=1), id="scapy: one IP id"),
        pytest.param(imitation(sequence=0), id="a loop that sets no number"),
        pytest.param(
            (udp(b"", ports=(51_920, port), ttl=64, number=packet_id()) for port in range(1, 9)),
            id="empty datagrams, as masscan sends them",
        ),
        pytest.param(
            (udp(b"", ports=(4000 + n, 1 + n % 3), ttl=64, number=packet_id()) for n in range(12)),
            id="empty datagrams, as hping3 sends them",
        ),
        pytest.param(
            sctp_scan(lambda: init(0x461ADF3D))({"ttl": 64}), id="masscan's INIT with one TSN"
        ),
    ],
)
def test_another_tool_is_not_named_as_nmap(frames: Iterator[bytes], tmp_path: Path) -> None:
    """A tool that derives its numbers or ports from the target is not named as nmap."""
    assert replayed(tmp_path, frames) == []


@pytest.mark.parametrize(
    "shape",
    [
        TcpShape(0x14, 1024, acknowledgment=NUMBER),
        TcpShape(0x04, 1024, sequence=NUMBER),
        TcpShape(0x12, 1024, MSS_1460, sequence=7, acknowledgment=NUMBER),
    ],
    ids=["RST and ACK", "RST", "SYN and ACK"],
)
def test_a_target_is_not_named_for_its_answers_to_decoys(shape: TcpShape, tmp_path: Path) -> None:
    """Answers to one probe that was sent in the name of several hosts do not name the target."""
    frames = [
        tcp(shape, ports=(80, 51_920), destination=f"10.0.0.{host}", number=packet_id())
        for host in range(20, 28)
    ]

    assert replayed(tmp_path, frames) == []
