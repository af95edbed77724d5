"""Rejects what some addresses send, in the kernel."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address

from nmapwatchd.filters.bpf import Assembler, Code, Label
from nmapwatchd.filters.headers import IP_WORD, NETWORK

Address = IPv4Address | IPv6Address


def block_ipv4(out: Assembler, sources: Iterable[Address], reject: Label) -> None:
    """Reject what some addresses send; leave A as it was."""
    numbers = sorted(int(a) for a in sources if a.version == 4)
    if not numbers:
        return
    out.put(Code.LDX_MEM, NETWORK)
    out.put(Code.LD_IND_W, 12)
    for number in numbers:
        out.jump(Code.JEQ, number, then=reject)
    out.put(Code.LD_MEM, IP_WORD)


def block_ipv6(out: Assembler, sources: Iterable[Address], reject: Label) -> None:
    """Reject what some addresses send; leave A as it was."""
    for packed in sorted(a.packed for a in sources if a.version == 6):
        other = Label()
        out.put(Code.LDX_MEM, NETWORK)
        for word in range(0, 16, 4):
            out.put(Code.LD_IND_W, 8 + word)
            out.jump(Code.JEQ, int.from_bytes(packed[word : word + 4]), otherwise=other)
        out.go(reject)
        out.bind(other)
    out.put(Code.LD_MEM, IP_WORD)
