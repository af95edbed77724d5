"""Fields of headers: where they are, as RFC 791 and RFC 8200 draw them."""

import pytest

from nmapwatchd.core.matching.matcher import Base, Field, Kind
from nmapwatchd.core.matching.placement import AtOffset
from nmapwatchd.core.observation import Transport
from nmapwatchd.matchers.headers import STACK, ipv4, ipv6, number
from tests.packets import network

FRAME = network(b"body", 47, ttl=77, number=0xBEEF)
OVER = (Transport.TCP, Transport.UDP)


def in_packet(field: Field, packet: bytes) -> int:
    """Return a number by its offset, mask and shift, as the kernel's filter compares it."""
    assert field.at is not None
    start = field.at[Transport.TCP]
    found = int.from_bytes(packet[start : start + field.size])
    return (found & field.mask if field.mask else found) >> field.shift


def test_a_number_is_at_one_offset_over_every_transport() -> None:
    field = number("x.y", "meaning", 4, 2, over=OVER, mask=0xF0, shift=4)

    assert field == Field(
        Kind.NUMBER, "meaning", tshark="x.y", at={Transport.TCP: 4, Transport.UDP: 4},
        base=Base.HEADER, size=2, mask=0xF0, shift=4,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [("tos", 0), ("length", 24), ("id", 0xBEEF), ("protocol", 47), ("ttl", 77),
     ("more_fragments", 0)],
)  # fmt: skip
def test_ipv4_fields_are_where_a_packet_has_them(name: str, value: int) -> None:
    assert in_packet(ipv4(*OVER)[name], FRAME[14:]) == value


@pytest.mark.parametrize(
    ("flags", "dont", "more"), [(0x40, 1, 0), (0x20, 0, 1), (0x60, 1, 1), (0x9F, 0, 0)]
)
def test_the_flags_of_ipv4_are_one_bit_each(flags: int, dont: int, more: int) -> None:
    packet = FRAME[14:20] + bytes([flags]) + FRAME[21:]
    fields = ipv4(*OVER)

    assert in_packet(fields["dont_fragment"], packet) == dont
    assert in_packet(fields["more_fragments"], packet) == more


@pytest.mark.parametrize(
    ("name", "value"),
    [("traffic_class", 0xAB), ("flow", 0xCDEF1), ("payload_length", 0x1234), ("hop_limit", 200)],
)
def test_ipv6_fields_are_where_a_packet_has_them(name: str, value: int) -> None:
    packet = bytes.fromhex("6abcdef1123411c8") + bytes(32)

    assert in_packet(ipv6(*OVER)[name], packet) == value


def test_the_ip_headers_fields_are_of_their_version() -> None:
    assert {field.base for field in ipv4(*OVER).values()} == {Base.IPV4}
    assert {field.base for field in ipv6(*OVER).values()} == {Base.IPV6}


def test_the_stacks_fields_are_the_same_bytes_but_not_for_the_kernel() -> None:
    for name, known in (
        ("stack_ttl", ipv4(*OVER)["ttl"]),
        ("stack_hops", ipv6(*OVER)["hop_limit"]),
    ):
        field = STACK[name]
        assert (field.tshark, field.base) == (known.tshark, known.base)
        assert field.at is None
        assert known.at is not None
        assert field.placement == AtOffset(known.at[Transport.TCP], known.size)
