"""Finds IP, the transport's header and the payload of a frame, once, in the kernel."""

from nmapwatchd.core.observation import Transport
from nmapwatchd.filters.bpf import Assembler, Code, Label

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

# Places in BPF's scratch memory, of which it has sixteen: where something begins or ends, and words
# of headers that are asked for more than one thing.
NETWORK, HEADER, PAYLOAD, END, SIZE, IP_WORD, TCP_WORD = range(7)
# What the words are: where they stand, each four bytes.
IPV4_FRAGMENT = 6  # fragment, time to live, protocol, half of the checksum
IPV6_LENGTH = 4  # length, next header, hop limit
TCP_FLAGS = 12  # length of the header, flags, window
# Bytes of the headers that every packet has which is looked at: a load before the first question
# sees to it, so that no later one need ask for the length.
KNOWN_NETWORK = 20
KNOWN_HEADER = 8
KNOWN_TCP = 16


def find_ip(out: Assembler, link: int, ipv4: Label, ipv6: Label, reject: Label) -> None:
    """Read IP's header, behind at most two tags, and go on with its version's word in A."""
    network, kind = LINKS[link]
    if kind is None:
        readers = [(network, Label(), Label())]
        _, is_ipv4, is_ipv6 = readers[0]
        out.put(Code.LD_ABS_B, network)
        out.put(Code.RSH_K, 4)
        out.jump(Code.JEQ, 4, then=is_ipv4)
        out.jump(Code.JEQ, 6, then=is_ipv6, otherwise=reject)
    else:
        tags = 2 if link == _ETHERNET else 0
        readers = [(network + 4 * depth, Label(), Label()) for depth in range(tags + 1)]
        for depth, (_, is_ipv4, is_ipv6) in enumerate(readers):
            out.put(Code.LD_ABS_H, kind + 4 * depth)
            out.jump(Code.JEQ, _IPV4, then=is_ipv4)
            out.jump(Code.JEQ, _IPV6, then=is_ipv6)
            if depth < tags:
                tagged = Label()
                out.jump(Code.JEQ, _TAGS[0], then=tagged)
                out.jump(Code.JEQ, _TAGS[1], otherwise=reject)
                out.bind(tagged)
        out.go(reject)
    for place, is_ipv4, is_ipv6 in readers:
        out.bind(is_ipv4)
        _read_ipv4(out, place)
        out.go(ipv4)
        out.bind(is_ipv6)
        _read_ipv6(out, place)
        out.go(ipv6)


def _read_ipv4(out: Assembler, network: int) -> None:
    """Leave in memory where IPv4 begins and ends, where its payload begins, and a word."""
    out.put(Code.LDX_IMM, network)
    out.put(Code.STX, NETWORK)
    out.put(Code.LD_ABS_W, network)
    out.put(Code.ST, IP_WORD)
    out.put(Code.AND_K, 0xFFFF)  # the total length
    out.put(Code.ADD_X)
    out.put(Code.ST, END)
    out.put(Code.LD_MEM, IP_WORD)
    out.put(Code.RSH_K, 24 - 2)
    out.put(Code.AND_K, 0x0F << 2)
    out.put(Code.ADD_X)
    out.put(Code.ST, HEADER)
    out.put(Code.LD_ABS_W, network + IPV4_FRAGMENT)
    out.put(Code.ST, IP_WORD)


def _read_ipv6(out: Assembler, network: int) -> None:
    """
    Leave in memory where IPv6 begins and ends, where its payload begins, and a word.

    A packet with extension headers is passed over: nothing that nmap writes through a socket has
    them.
    """
    out.put(Code.LDX_IMM, network)
    out.put(Code.STX, NETWORK)
    out.put(Code.LDX_IMM, network + 40)
    out.put(Code.STX, HEADER)
    out.put(Code.LD_ABS_W, network + IPV6_LENGTH)
    out.put(Code.ST, IP_WORD)
    out.put(Code.RSH_K, 16)  # the length of the payload
    out.put(Code.ADD_X)
    out.put(Code.ST, END)
    out.put(Code.LD_MEM, IP_WORD)


def see_to_network(out: Assembler) -> None:
    """Reject a packet that ends within what is known of its network header."""
    out.put(Code.LDX_MEM, NETWORK)
    out.put(Code.LD_IND_B, KNOWN_NETWORK - 1)


def find_header(out: Assembler, transport: Transport) -> None:
    """See to it that there is a header, of TCP with its flags, which are left in memory."""
    out.put(Code.LDX_MEM, HEADER)
    if transport is Transport.TCP:
        out.put(Code.LD_IND_W, TCP_FLAGS)
        out.put(Code.ST, TCP_WORD)
    else:
        out.put(Code.LD_IND_B, KNOWN_HEADER - 1)


def find_payload(out: Assembler, transport: Transport, reject: Label) -> None:
    """
    Leave in memory where the payload begins, and its size; reject a packet that has none.

    It ends where IP says, as the link may have filled a small frame up. Where that is beyond the
    frame, or no place for an end (a sender whose card divides packets may leave it open), the frame
    ends it.
    """
    out.put(Code.LDX_MEM, HEADER)
    if transport is Transport.TCP:
        out.put(Code.LD_MEM, TCP_WORD)
        out.put(Code.RSH_K, 28 - 2)
        out.put(Code.AND_K, 0x0F << 2)
        out.put(Code.ADD_X)
    else:
        out.put(Code.TXA)
        out.put(Code.ADD_K, 8)
    out.put(Code.ST, PAYLOAD)
    out.put(Code.TAX)
    out.put(Code.LD_MEM, END)
    out.put(Code.SUB_X)
    out.put(Code.ST, SIZE)
    out.put(Code.LD_LEN)
    out.put(Code.SUB_X)
    out.put(Code.LDX_MEM, SIZE)
    # Either is a number too large where the end comes before the beginning.
    smaller = Label()
    out.jump(Code.JGT_X, 0, otherwise=smaller)
    out.put(Code.TXA)
    out.bind(smaller)
    out.put(Code.ST, SIZE)
    out.jump(Code.JEQ, 0, then=reject)
