"""Emit BPF that drops packets by source address."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address

from nmapwatchd.filters.bpf import Assembler, Code, Label
from nmapwatchd.filters.headers import IP_WORD, NETWORK

Address = IPv4Address | IPv6Address

# Offsets of the source address (RFC 791, RFC 8200).
_IPV4_SOURCE, _IPV6_SOURCE = 12, 8


def block_ipv4(out: Assembler, sources: Iterable[Address], reject: Label) -> None:
    """Emit a jump for each IPv4 source; leave the IP word in A."""
    numbers = sorted(int(a) for a in sources if a.version == 4)
    if not numbers:
        return
    out.emit(Code.LDX_MEM, NETWORK)
    out.emit(Code.LD_IND_W, _IPV4_SOURCE)
    for number in numbers:
        out.jump(Code.JEQ, number, then=reject)
    out.emit(Code.LD_MEM, IP_WORD)


def block_ipv6(out: Assembler, sources: Iterable[Address], reject: Label) -> None:
    """Emit a comparison for each IPv6 source; leave the IP word in A."""
    for packed in sorted(a.packed for a in sources if a.version == 6):
        other = Label()
        out.emit(Code.LDX_MEM, NETWORK)
        for word in range(0, 16, 4):
            out.emit(Code.LD_IND_W, _IPV6_SOURCE + word)
            out.jump(Code.JEQ, int.from_bytes(packed[word : word + 4]), otherwise=other)
        out.goto(reject)
        out.bind(other)
    out.emit(Code.LD_MEM, IP_WORD)
