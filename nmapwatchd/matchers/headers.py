"""Fields of the headers below a payload: where tshark shows them, where the kernel finds them."""

from collections.abc import Mapping
from typing import TypedDict

from nmapwatchd.core.matching.matcher import Base, Field, Kind
from nmapwatchd.core.observation import Transport


class _Common(TypedDict):
    """What all fields of one IP header share."""

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
    """Return a number of a header."""
    places = dict.fromkeys(over, at)
    return Field(
        Kind.NUMBER, meaning, tshark=tshark, at=places, base=base, size=size, mask=mask, shift=shift
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
        "ttl": number("ip.ttl", "IPv4 time to live", 8, 1, **common),
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
        "hop_limit": number("ipv6.hlim", "IPv6 hop limit", 7, 1, **common),
    }


# What an operating system's own packet is told by from one made by hand, with TTL 255. Only tshark
# is asked: the rows that ask begin with bytes of their own, which are enough for the kernel.
STACK: Mapping[str, Field] = {
    "stack_ttl": Field(Kind.NUMBER, "IPv4 time to live, over TCP or UDP", tshark="ip.ttl"),
    "stack_hops": Field(Kind.NUMBER, "IPv6 hop limit, over TCP or UDP", tshark="ipv6.hlim"),
}
