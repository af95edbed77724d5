"""Detection by UDP datagrams by their headers."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.observation import Transport
from nmapwatchd.matchers.udp import MATCHER
from tests.packets import replayed, rule_ids, udp


def scan(
    payload: bytes = b"", ttls: tuple[int, ...] = (44, 51, 39), **changes: object
) -> list[bytes]:
    return [
        udp(payload, ports=(57_045, 1000 + n), ttl=ttl, number=n * 991, **changes)
        for n, ttl in enumerate(ttls)
    ]


def test_empty_datagrams_with_drawn_ttls_are_a_scan(tmp_path: Path) -> None:
    assert rule_ids(replayed(tmp_path, scan())) == {"udp.raw-empty-run"}


def test_empty_datagrams_with_one_ttl_or_from_many_ports_are_none(tmp_path: Path) -> None:
    same_ttl = scan(ttls=(64, 64, 64, 64))
    behind_routers = scan(ttls=(58, 58, 58, 58))
    many_ports = [udp(b"", ports=(5000 + n, 9), ttl=40 + n) for n in range(5)]

    assert replayed(tmp_path, [*same_ttl, *behind_routers, *many_ports]) == []


def test_a_payload_in_a_datagram_with_a_drawn_ttl_is_detected(tmp_path: Path) -> None:
    """A payload that hardly any other sends at once, another by the second attempt."""
    rare = udp(b"\0\0\0\0abcdefgh", ports=(57_045, 64_738), ttl=44)
    ping = b"\x06\0\xff\x06\0\0\x11\xbe\x80\0\0\0"
    usual = [udp(ping, ports=(57_045 + n, 623), ttl=44 + n, number=n) for n in (0, 2)]
    stack = [udp(ping, ports=(57_045 + n, 623), ttl=64, number=n) for n in (0, 2)]

    assert rule_ids(replayed(tmp_path, [rare])) == {"payload.murmur", "payload.raw-datagram"}
    assert "payload.raw-datagram-again" in rule_ids(replayed(tmp_path, usual))
    assert replayed(tmp_path, usual[:1]) == []
    assert replayed(tmp_path, stack) == []


def test_a_datagram_to_the_discovery_port_is_detected_but_not_that_of_nping(tmp_path: Path) -> None:
    assert rule_ids(replayed(tmp_path, [udp(b"", ports=(42_533, 40_125), ttl=47)])) == {
        "udp.raw-discovery"
    }
    assert replayed(tmp_path, [udp(b"", ports=(53, 40_125), ttl=64)]) == []


def test_the_probe_for_a_closed_port_is_detected_whatever_letter_it_repeats(tmp_path: Path) -> None:
    for letter in (b"C", b"F"):
        frame = udp(letter * 300, ports=(45_000, 33_084), ttl=52, number=0x1042)
        assert rule_ids(replayed(tmp_path, [frame])) == {"udp.os-closed-port"}
    over_ipv6 = udp(
        b"C" * 300, ports=(49_702, 30_355), source="2001:db8::5", destination="2001:db8::8",
        ttl=48, flow=0x12345,
    )  # fmt: skip
    assert rule_ids(replayed(tmp_path, [over_ipv6])) == {"udp.os-closed-port-ipv6"}


def test_other_datagrams_of_that_size_are_not(tmp_path: Path) -> None:
    mixed = udp(b"C" * 299 + b"D", ports=(45_000, 33_084), number=0x1042)
    other_id = udp(b"C" * 300, ports=(45_000, 33_085), number=0x1043)

    assert replayed(tmp_path, [mixed, other_id]) == []


@given(st.binary(max_size=400))
def test_any_payload_is_read_without_an_error(payload: bytes) -> None:
    fields = MATCHER.read(payload, Transport.UDP)

    assert ("filler" in fields) == (len(set(payload)) == 1)


@pytest.mark.parametrize(
    ("payload", "filler"),
    [(b"", None), (b"\0", ("0",)), (b"\xff\xff", ("255",)), (b"ab", None), (b"aab", None)],
)
def test_a_filler_is_the_only_byte_of_a_payload(payload: bytes, filler: tuple[str] | None) -> None:
    assert MATCHER.read(payload, Transport.UDP).get("filler") == filler
