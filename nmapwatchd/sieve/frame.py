"""Finds IP, the transport's header and the payload of a frame, once, in the kernel."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address

from nmapwatchd.core.observation import Transport
from nmapwatchd.sieve.bpf import Assembler, Code, Label

Address = IPv4Address | IPv6Address

# Link types (https://www.tcpdump.org/linktypes.html) by libpcap's own numbers: where IP begins,
# and where the EtherType stands, None where the link carries nothing but IP.
LINKS: dict[int, tuple[int, int | None]] = {
    0: (4, None),  # BSD loopback
    1: (14, 12),  # Ethernet
    12: (0, None),  # raw IP
    108: (4, None),  # OpenBSD loopback
    113: (16, 14),  # Linux cooked
    228: (0, None),  # raw IPv4
    229: (0, None),  # raw IPv6
    276: (20, 0),  # Linux cooked, version 2
}
_ETHERNET = 1
_IPV4, _IPV6 = 0x0800, 0x86DD
_TAGS = (0x8100, 0x88A8)  # 802.1Q, 802.1ad
# Places in BPF's scratch memory, of which it has sixteen.
NETWORK, HEADER, PAYLOAD, PROTOCOL, FAMILY = range(5)
# Bytes of the headers that every packet has which is looked at: a load before the first question
# sees to it, so that no later one need ask for the length. An IP protocol may have no header.
KNOWN_NETWORK = 20
KNOWN_HEADER = 8
# An offset that no frame reaches, and that a small one may be added to.
_BEYOND = 1 << 30


def find_network(out: Assembler, link: int, reject: Label) -> None:
    """Leave in memory where the network header begins, and in X; behind at most two tags."""
    network, kind = LINKS[link]
    ipv4, ipv6, ready = Label(), Label(), Label()
    out.put(Code.LDX_IMM, network)
    if kind is None:
        out.put(Code.LD_IND_B, 0)
        out.put(Code.RSH_K, 4)
        out.jump(Code.JEQ, 4, then=ipv4)
        out.jump(Code.JEQ, 6, then=ipv6, otherwise=reject)
    else:
        tags = 2 if link == _ETHERNET else 0
        for depth in range(tags + 1):
            tagged = Label()
            out.put(Code.LDX_IMM, network + 4 * depth)
            out.put(Code.LD_ABS_H, kind + 4 * depth)
            out.jump(Code.JEQ, _IPV4, then=ipv4)
            out.jump(Code.JEQ, _IPV6, then=ipv6)
            if depth == tags:
                out.go(reject)
            else:
                out.jump(Code.JEQ, _TAGS[0], then=tagged)
                out.jump(Code.JEQ, _TAGS[1], then=tagged, otherwise=reject)
            out.bind(tagged)
    for label, version in ((ipv4, 4), (ipv6, 6)):
        out.bind(label)
        out.put(Code.LD_IMM, version)
        if version == 4:
            out.go(ready)
    out.bind(ready)
    out.put(Code.ST, FAMILY)
    out.put(Code.STX, NETWORK)


def pass_over(out: Assembler, sources: Iterable[Address], reject: Label) -> None:
    """Reject what some addresses send; X is where the network header begins, and stays so."""
    ipv4 = sorted(int(a) for a in sources if a.version == 4)
    ipv6 = sorted(a.packed for a in sources if a.version == 6)
    six, done = Label(), Label()
    out.put(Code.LD_MEM, FAMILY)
    out.jump(Code.JEQ, 4, otherwise=six)
    out.put(Code.LD_IND_W, 12)
    for number in ipv4:
        out.jump(Code.JEQ, number, then=reject)
    out.go(done)
    out.bind(six)
    for packed in ipv6:
        other = Label()
        for word in range(0, 16, 4):
            out.put(Code.LD_IND_W, 8 + word)
            out.jump(Code.JEQ, int.from_bytes(packed[word : word + 4]), otherwise=other)
        out.go(reject)
        out.bind(other)
    out.bind(done)


def find_header(out: Assembler, reject: Label) -> None:
    """Leave in memory where the transport's header begins, in X too, and its protocol."""
    ipv6, ready = Label(), Label()
    out.put(Code.LD_MEM, FAMILY)
    out.jump(Code.JEQ, 4, otherwise=ipv6)
    out.put(Code.LD_IND_B, KNOWN_NETWORK - 1)
    out.put(Code.LD_IND_H, 6)
    out.jump(Code.JSET, 0x1FFF, then=reject)  # a fragment other than the first
    out.put(Code.LD_IND_B, 9)
    out.put(Code.ST, PROTOCOL)
    out.put(Code.LD_IND_B, 0)
    out.put(Code.AND_K, 15)
    out.put(Code.LSH_K, 2)
    out.go(ready)
    out.bind(ipv6)
    # A packet with extension headers is passed over: nothing that nmap writes through a socket
    # has them.
    out.put(Code.LD_IND_B, KNOWN_NETWORK - 1)
    out.put(Code.LD_IND_B, 6)
    out.put(Code.ST, PROTOCOL)
    out.put(Code.LD_IMM, 40)
    out.bind(ready)
    out.put(Code.ADD_X)
    out.put(Code.ST, HEADER)
    out.put(Code.TAX)


def find_payload(out: Assembler, transport: Transport) -> None:
    """Leave in memory where the payload begins; X is where the header does."""
    if transport is not Transport.IP:
        out.put(Code.LD_IND_B, KNOWN_HEADER - 1)
    if transport is not Transport.TCP:
        out.put(Code.LD_IMM, 8)
        out.put(Code.ADD_X)
        out.put(Code.ST, PAYLOAD)
        return
    # A fragment may end before its header does: its payload is farther than any frame reaches.
    short, ready = Label(), Label()
    out.put(Code.TXA)
    out.put(Code.ADD_K, 13)
    out.put(Code.TAX)
    out.put(Code.LD_LEN)
    out.put(Code.SUB_X)
    out.put(Code.LDX_MEM, HEADER)
    out.jump(Code.JGE, 1 << 31, then=short)
    out.put(Code.LD_IND_B, 12)
    out.put(Code.RSH_K, 2)
    out.put(Code.AND_K, 60)
    out.put(Code.ADD_X)
    out.go(ready)
    out.bind(short)
    out.put(Code.LD_IMM, _BEYOND)
    out.bind(ready)
    out.put(Code.ST, PAYLOAD)
