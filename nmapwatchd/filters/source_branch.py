"""Emit BPF that treats packets of some source addresses differently."""

from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address

from nmapwatchd.filters.bpf import Assembler, Code, Label
from nmapwatchd.filters.headers import NETWORK

Address = IPv4Address | IPv6Address

# Offsets of the source address (RFC 791, RFC 8200).
_IPV4_SOURCE, _IPV6_SOURCE = 12, 8
# The version of IP in its first byte, and that of IPv4.
_VERSION, _IS_IPV4 = 0xF0, 0x40


def branch_sources(out: Assembler, sources: Collection[Address], ipv4: Label, ipv6: Label) -> None:
    """
    Emit jumps for packets of some sources, with the network header's start in X; others go on.

    Args:
        out: the program; the network header is located.
        sources: their addresses.
        ipv4: target for IPv4 packets.
        ipv6: target for IPv6 packets.
    """
    if not sources:
        return
    other, is_ipv6 = Label(), Label()
    out.emit(Code.LDX_MEM, NETWORK)
    out.emit(Code.LD_IND_B, 0)
    out.emit(Code.AND_K, _VERSION)
    out.jump(Code.JEQ, _IS_IPV4, otherwise=is_ipv6)
    out.emit(Code.LD_IND_W, _IPV4_SOURCE)
    for number in sorted(int(a) for a in sources if a.version == 4):
        out.jump(Code.JEQ, number, then=ipv4)
    out.goto(other)
    out.bind(is_ipv6)
    for packed in sorted(a.packed for a in sources if a.version == 6):
        differs = Label()
        for word in range(0, 16, 4):
            out.emit(Code.LD_IND_W, _IPV6_SOURCE + word)
            out.jump(Code.JEQ, int.from_bytes(packed[word : word + 4]), otherwise=differs)
        out.goto(ipv6)
        out.bind(differs)
    out.bind(other)
