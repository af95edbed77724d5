"""Fields of the network and transport headers: tshark's names and their offsets."""

from collections.abc import Mapping
from typing import TypedDict

from nmapwatchd.core.matching.matcher import Base, Field, Kind
from nmapwatchd.core.matching.placement import AtOffset
from nmapwatchd.core.observation import Transport

# Offsets in the headers of IPv4 and IPv6.
_TTL, _HOP_LIMIT = 8, 7


class _Common(TypedDict):
    """Arguments that all fields of one IP header share."""

    over: tuple[Transport, ...]
    base: Base


def number(
    tshark: str,
    meaning: str,
    at: int,
    size: int,
    *,
    over: tuple[Transport, ...],
    base: Base = Base.HEADER,
    mask: int = 0,
    shift: int = 0,
) -> Field:
    """
    Return the field of a number in a header.

    Args:
        tshark: tshark's name of the field.
        meaning: one phrase for the reference.
        at: its offset.
        size: bytes, 1, 2 or 4.
        over: the transports whose packets have it.
        base: what the offset is counted from.
        mask: its bits; 0 for all of them.
        shift: bits by which tshark's value is shifted left there.
    """
    offsets = dict.fromkeys(over, at)
    return Field(
        Kind.NUMBER,
        meaning,
        tshark=tshark,
        at=offsets,
        base=base,
        size=size,
        mask=mask,
        shift=shift,
    )


def ipv4(*over: Transport) -> Mapping[str, Field]:
    """Return the fields of an IPv4 header (RFC 791)."""
    common = _Common(over=over, base=Base.IPV4)
    return {
        "tos": number("ip.dsfield", "IPv4 type of service, the whole byte", 1, 1, **common),
        "length": number("ip.len", "IPv4 total length", 2, 2, **common),
        "id": number("ip.id", "IPv4 identification", 4, 2, **common),
        "dont_fragment": number(
            "ip.flags.df", "IPv4 flag: do not fragment", 6, 1, mask=0x40, shift=6, **common
        ),
        "more_fragments": number(
            "ip.flags.mf", "IPv4 flag: more fragments", 6, 1, mask=0x20, shift=5, **common
        ),
        "protocol": number("ip.proto", "IPv4 protocol number", 9, 1, **common),
        "ttl": number("ip.ttl", "IPv4 time to live", _TTL, 1, **common),
    }


def ipv6(*over: Transport) -> Mapping[str, Field]:
    """Return the fields of an IPv6 header (RFC 8200)."""
    common = _Common(over=over, base=Base.IPV6)
    return {
        "traffic_class": number(
            "ipv6.tclass", "IPv6 traffic class", 0, 2, mask=0x0FF0, shift=4, **common
        ),
        "flow": number("ipv6.flow", "IPv6 flow label", 0, 4, mask=0x000FFFFF, **common),
        "payload_length": number("ipv6.plen", "IPv6 payload length", 4, 2, **common),
        "hop_limit": number("ipv6.hlim", "IPv6 hop limit", _HOP_LIMIT, 1, **common),
    }


# They separate the packets of an operating system from those that nmap builds, with TTL 255. The
# kernel does not compare them (no `at`): the signatures that read them fix bytes of the payload,
# which suffice.
STACK: Mapping[str, Field] = {
    "stack_ttl": Field(
        Kind.NUMBER,
        "IPv4 time to live, over TCP or UDP",
        tshark="ip.ttl",
        base=Base.IPV4,
        placement=AtOffset(_TTL, 1),
    ),
    "stack_hops": Field(
        Kind.NUMBER,
        "IPv6 hop limit, over TCP or UDP",
        tshark="ipv6.hlim",
        base=Base.IPV6,
        placement=AtOffset(_HOP_LIMIT, 1),
    ),
}
