"""Detection by fragments and by packets of other protocols."""

import struct
from pathlib import Path

import pytest

from tests.packets import network, replayed, rule_ids


def fragment(port: int, ttl: int, size: int = 8) -> bytes:
    """Return a first fragment of TCP that ends before its header does."""
    head = struct.pack(">HHIIHHHH", 53_554, port, 77, 0, 0x6002, 1024, 0, 0)
    frame = bytearray(network(head[:size], 6, ttl=ttl, number=port))
    frame[20] |= 0x20  # more fragments follow
    return bytes(frame)


def test_a_single_packet_of_a_tunnel_without_content_is_detected(tmp_path: Path) -> None:
    assert rule_ids(replayed(tmp_path, [network(b"", 47, ttl=59)])) == {"ip.raw-protocol"}
    assert replayed(tmp_path, [network(b"", 47, ttl=64)]) == []


def test_packets_without_content_are_a_protocol_scan(tmp_path: Path) -> None:
    frames = [network(b"", kind, ttl=ttl, number=kind) for kind, ttl in ((47, 59), (50, 41))]

    assert "ip.raw-protocols-run" in rule_ids(replayed(tmp_path, frames))


def test_packets_of_other_protocols_with_content_are_none(tmp_path: Path) -> None:
    frames = [
        network(bytes(60), kind, ttl=50 + kind % 8, number=kind)
        for kind in (2, 47, 50, 51, 89, 103)
    ]

    assert replayed(tmp_path, frames) == []


@pytest.mark.parametrize("size", [8, 16])
def test_headers_cut_in_fragments_are_detected(size: int, tmp_path: Path) -> None:
    frames = [fragment(22, 57, size), fragment(80, 40, size)]

    assert "tcp.raw-fragments" in rule_ids(replayed(tmp_path, frames))


def test_fragments_with_the_ttl_of_a_stack_are_from_three_targets_on(tmp_path: Path) -> None:
    assert replayed(tmp_path, [fragment(port, 64) for port in (22, 80)]) == []
    assert rule_ids(replayed(tmp_path, [fragment(port, 64) for port in (22, 80, 443)])) == {
        "tcp.raw-fragments-run"
    }
