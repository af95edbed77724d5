"""Emit BPF that locates IP, the transport's header and the payload, once per packet."""

from dataclasses import dataclass

from nmapwatchd.core.observation import Transport
from nmapwatchd.filters.bpf import Assembler, Code, Label

# Link types (https://www.tcpdump.org/linktypes.html) by libpcap's own numbers: offset of IP, and of
# the EtherType, None if the link carries nothing but IP.
LINKS: dict[int, tuple[int, int | None]] = {
    0: (4, None),  # BSD loopback
    1: (14, 12),  # Ethernet
    12: (0, None),  # raw IP
    108: (4, None),  # OpenBSD loopback
    113: (16, 14),  # Linux cooked
    117: (0, None),  # PFLOG, whose first byte is its length
    228: (0, None),  # raw IPv4
    229: (0, None),  # raw IPv6
    276: (20, 0),  # Linux cooked, version 2
}
_ETHERNET, _PFLOG = 1, 117
ETHERTYPE_IPV4, ETHERTYPE_IPV6 = 0x0800, 0x86DD
_TAGS = (0x8100, 0x88A8)  # 802.1Q, 802.1ad

# Slots of BPF's scratch memory, which has sixteen: starts and ends, counted from the frame's start,
# and words of headers that several comparisons read.
# The last two are the transport over IPv6, after extension headers, and what the program returns
# unless the source is shed.
NETWORK, HEADER, PAYLOAD, END, SIZE, IP_WORD, TCP_WORD, PROTOCOL, RESULT = range(9)
# Offsets of these words of four bytes, from the network header or TCP's.
IPV4_FRAGMENT = 6  # flags and fragment offset, time to live, protocol, half of the checksum
IPV6_LENGTH = 4  # payload length, next header, hop limit
TCP_FLAGS = 12  # header length, flags, window
# Bytes of the headers that every inspected packet has: a load rejects a shorter one, so that no
# later comparison checks the length.
KNOWN_NETWORK = 20
KNOWN_HEADER = 8
KNOWN_TCP = 16


@dataclass(frozen=True, slots=True)
class Found:
    """
    Where the program continues once it knows what a header is followed by.

    Args:
        ipv4: IPv4, with its word of the fragment in A.
        ipv6: IPv6, with its word of the length in A.
        packet: IPv4 or IPv6 that is not located yet; X is its start.
        others: any other EtherType, which is in A, after so many VLAN tags; X is what follows.
        reject: nothing that is inspected.
    """

    ipv4: Label
    ipv6: Label
    packet: Label
    others: tuple[Label, ...]
    reject: Label


def emit_network(out: Assembler, link: int, found: Found) -> None:
    """
    Emit code that locates IP after the link's header and at most two VLAN tags.

    Args:
        out: the program.
        link: one of `LINKS`.
        found: the targets; `others` has one for each number of tags.
    """
    network, ethertype = LINKS[link]
    if link == _PFLOG:  # padded to a multiple of four
        out.emit(Code.LD_ABS_B, 0)
        out.emit(Code.ADD_K, 3)
        out.emit(Code.AND_K, 0xFC)
        out.emit(Code.TAX)
        out.goto(found.packet)
        return
    if ethertype is None:
        readers = [(network, Label(), Label())]
        _, is_ipv4, is_ipv6 = readers[0]
        out.emit(Code.LD_ABS_B, network)
        out.emit(Code.RSH_K, 4)
        out.jump(Code.JEQ, 4, then=is_ipv4)
        out.jump(Code.JEQ, 6, then=is_ipv6, otherwise=found.reject)
    else:
        tags = 2 if link == _ETHERNET else 0
        readers = [(network + 4 * depth, Label(), Label()) for depth in range(tags + 1)]
        others = [Label() for _ in readers]
        for depth, (_, is_ipv4, is_ipv6) in enumerate(readers):
            out.emit(Code.LD_ABS_H, ethertype + 4 * depth)
            out.jump(Code.JEQ, ETHERTYPE_IPV4, then=is_ipv4)
            out.jump(Code.JEQ, ETHERTYPE_IPV6, then=is_ipv6)
            if depth < tags:
                tagged = Label()
                out.jump(Code.JEQ, _TAGS[0], then=tagged)
                out.jump(Code.JEQ, _TAGS[1], otherwise=others[depth])
                out.bind(tagged)
        out.goto(others[tags])
        for (start, *_), other, target in zip(readers, others, found.others, strict=False):
            out.bind(other)
            out.emit(Code.LDX_IMM, start)
            out.goto(target)
    for start, is_ipv4, is_ipv6 in readers:
        out.bind(is_ipv4)
        _emit_ipv4(out, start)
        out.goto(found.ipv4)
        out.bind(is_ipv6)
        _emit_ipv6(out, start)
        out.goto(found.ipv6)


def store_ipv4_ends(out: Assembler) -> None:
    """Store the ends of an IPv4 packet and of its header; A is its first word, X its start."""
    out.emit(Code.ST, IP_WORD)
    out.emit(Code.AND_K, 0xFFFF)  # the total length
    out.emit(Code.ADD_X)
    out.emit(Code.ST, END)
    out.emit(Code.LD_MEM, IP_WORD)
    out.emit(Code.RSH_K, 24 - 2)
    out.emit(Code.AND_K, 0x0F << 2)
    out.emit(Code.ADD_X)
    out.emit(Code.ST, HEADER)


def _emit_ipv4(out: Assembler, network: int) -> None:
    """Store an IPv4 packet's start and end, its header's end, and the fragment word."""
    out.emit(Code.LDX_IMM, network)
    out.emit(Code.STX, NETWORK)
    out.emit(Code.LD_ABS_W, network)
    store_ipv4_ends(out)
    out.emit(Code.LD_ABS_W, network + IPV4_FRAGMENT)
    out.emit(Code.ST, IP_WORD)


def _emit_ipv6(out: Assembler, network: int) -> None:
    """Store an IPv6 packet's start and end, its header's end, and the length word."""
    out.emit(Code.LDX_IMM, network)
    out.emit(Code.STX, NETWORK)
    out.emit(Code.LDX_IMM, network + 40)
    out.emit(Code.STX, HEADER)
    out.emit(Code.LD_ABS_W, network + IPV6_LENGTH)
    out.emit(Code.ST, IP_WORD)
    out.emit(Code.RSH_K, 16)  # the length of the payload
    out.emit(Code.ADD_X)
    out.emit(Code.ST, END)
    out.emit(Code.LD_MEM, IP_WORD)


def require_network(out: Assembler) -> None:
    """Emit a load that rejects a packet shorter than `KNOWN_NETWORK`."""
    out.emit(Code.LDX_MEM, NETWORK)
    out.emit(Code.LD_IND_B, KNOWN_NETWORK - 1)


def require_header(out: Assembler, transport: Transport) -> None:
    """Emit a load that rejects a truncated transport header; store TCP's flags word."""
    out.emit(Code.LDX_MEM, HEADER)
    if transport is Transport.TCP:
        out.emit(Code.LD_IND_W, TCP_FLAGS)
        out.emit(Code.ST, TCP_WORD)
    else:
        out.emit(Code.LD_IND_B, KNOWN_HEADER - 1)


def emit_payload(out: Assembler, transport: Transport, reject: Label) -> None:
    """
    Emit code that stores the payload's start and size, and rejects a packet without payload.

    It ends at IP's length, as the link may have padded a small frame. If that end lies beyond the
    frame or before the payload (a sender whose card segments packets may leave the length 0), it
    ends with the frame.
    """
    out.emit(Code.LDX_MEM, HEADER)
    if transport is Transport.TCP:
        out.emit(Code.LD_MEM, TCP_WORD)
        out.emit(Code.RSH_K, 28 - 2)
        out.emit(Code.AND_K, 0x0F << 2)
        out.emit(Code.ADD_X)
    else:
        out.emit(Code.TXA)
        out.emit(Code.ADD_K, 8)
    out.emit(Code.ST, PAYLOAD)
    out.emit(Code.TAX)
    out.emit(Code.LD_MEM, END)
    out.emit(Code.SUB_X)
    out.emit(Code.ST, SIZE)
    out.emit(Code.LD_LEN)
    out.emit(Code.SUB_X)
    out.emit(Code.LDX_MEM, SIZE)
    # A negative size wraps to a large number, so that the smaller of the two is the valid one.
    smaller = Label()
    out.jump(Code.JGT_X, 0, otherwise=smaller)
    out.emit(Code.TXA)
    out.bind(smaller)
    out.emit(Code.ST, SIZE)
    out.jump(Code.JEQ, 0, then=reject)
