"""
Nobody is named for one packet whose TTL routers may have lowered.

Scanners of the Internet send nmap's SYN, start at TTL 64, and arrive with 41; a host on the link
that sends the same has built it.
"""

import struct
from pathlib import Path

import pytest

from tests.packets import MSS_1460, TcpShape, icmp, network, replayed, rule_ids, sctp, tcp, udp

FAR, TARGET = "203.0.113.9", "203.0.113.8"
SYN = TcpShape(0x02, 1024, MSS_1460, sequence=0x5E07A957)
ACK = TcpShape(0x10, 1024, acknowledgment=0x9D1E07A9)
INIT = struct.pack(">BBHIIHHI", 1, 0, 20, 0x5E07A957, 32768, 10, 2048, 0x1D1E07A9)

# One packet of each kind that is proof on the link, by its name.
KINDS = {
    "syn": lambda **way: tcp(SYN, ports=(51_920, 443), **way),
    "fin": lambda **way: tcp(TcpShape(0x01, 1024, sequence=7), ports=(51_920, 80), **way),
    "null": lambda **way: tcp(TcpShape(0x00, 1024, sequence=7), ports=(51_920, 80), **way),
    "xmas": lambda **way: tcp(TcpShape(0x29, 1024, sequence=7), ports=(51_920, 80), **way),
    "maimon": lambda **way: tcp(TcpShape(0x11, 1024, acknowledgment=7), ports=(51_920, 80), **way),
    "flags": lambda **way: tcp(TcpShape(0x28, 1024, sequence=7), ports=(51_920, 80), **way),
    "ack": lambda **way: tcp(ACK, ports=(51_920, 80), **way),
    "echo": lambda **way: icmp(8, identifier=77, **way),
    "timestamp": lambda **way: icmp(13, bytes(12), identifier=78, **way),
    "mask": lambda **way: icmp(17, bytes(4), identifier=79, **way),
    "datagram": lambda **way: udp(b"", ports=(51_920, 40_125), **way),
    "init": lambda **way: sctp(INIT, ports=(51_920, 80), **way),
    "protocol": lambda **way: network(b"", 4, **way),
}
# Kinds that are not enough alone on the link either: other software sends a ping without data.
NOT_ALONE = {"echo"}


def from_far(kind: str, ttl: int = 41, number: int = 1) -> bytes:
    return KINDS[kind](source=FAR, destination=TARGET, ttl=ttl, number=number)


def test_a_scanner_of_the_internet_is_not_named_however_many_sources_it_has(
    tmp_path: Path,
) -> None:
    """A SYN scanner of the Internet is not named, by one packet or by hundreds."""
    frames = [
        tcp(
            TcpShape(0x02, 1024, MSS_1460, sequence=0x10001 + 7_654_321 * number),
            ports=(40_000 + 97 * number, port),
            source=f"203.0.113.{10 + number % 22}",
            destination=TARGET,
            ttl=(39, 41, 44)[number % 22 % 3],
            number=54_321 + number,
        )
        for number in range(220)
        for port in (22, 23, 8080)
    ]

    assert replayed(tmp_path, frames) == []


@pytest.mark.parametrize("kind", KINDS)
def test_one_packet_from_behind_a_router_is_no_proof(kind: str, tmp_path: Path) -> None:
    """One packet of nmap's form from behind a router names nobody, nor does its repetition."""
    assert replayed(tmp_path, [from_far(kind, number=number) for number in range(9)]) == []


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"syn", "ack", "datagram", "protocol"}))
def test_what_scanners_of_the_internet_send_does_not_add_up(kind: str, tmp_path: Path) -> None:
    """A SYN scanner of the Internet that pings as well is not named."""
    assert replayed(tmp_path, [from_far("syn"), from_far("echo"), from_far(kind)]) == []


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - NOT_ALONE))
def test_one_packet_on_the_link_is_proof(kind: str, tmp_path: Path) -> None:
    """A host on the link is named by one packet with a TTL that no stack starts with."""
    (opened, *_) = replayed(tmp_path, [KINDS[kind](ttl=41)])

    assert opened.source == "10.0.0.5"
    assert opened.confidence == "exclusive"


def test_an_address_of_the_link_behind_a_router_s_mac_is_not_on_the_link(tmp_path: Path) -> None:
    """A MAC address that brings many sources is a router's, whatever addresses it uses itself."""
    router = bytes.fromhex("525400aabbcc")
    traffic = [
        tcp(SYN, ports=(40_000, 80), source=f"198.51.100.{n}", destination=TARGET, mac=router)
        for n in range(1, 40)
    ]
    far = [
        tcp(SYN, ports=(51_920, 443), source=f"198.51.100.{n}", destination=TARGET, mac=router,
            ttl=41, number=n)
        for n in range(1, 40)
    ]  # fmt: skip
    assert replayed(tmp_path, [*traffic, *far]) == []
    assert replayed(tmp_path, [*traffic, *far, KINDS["syn"](ttl=41, mac=router)]) == []
    assert replayed(tmp_path, [*traffic, *far, KINDS["syn"](ttl=41)]) != []


def test_the_default_host_discovery_is_named_behind_a_router(tmp_path: Path) -> None:
    """The four probes of nmap's host discovery together name the scanner behind any router."""
    frames = [from_far("echo", 41), from_far("syn", 52), from_far("ack", 38),
              from_far("timestamp", 47)]  # fmt: skip

    (opened, *_) = replayed(tmp_path, frames)
    assert rule_ids([opened]) >= {"tcp.raw-syn", "tcp.raw-ack", "icmp.raw-echo"}


def test_a_scan_of_two_ports_is_named_behind_a_router(tmp_path: Path) -> None:
    """Two packets with one number and one port, and TTLs that differ, name the scanner anywhere."""
    frames = [
        tcp(SYN, ports=(51_920, port), source=FAR, destination=TARGET, ttl=ttl, number=port)
        for port, ttl in ((22, 41), (80, 52))
    ]

    (opened, *_) = replayed(tmp_path, frames)
    assert "tcp.raw-syn-run" in rule_ids([opened])
