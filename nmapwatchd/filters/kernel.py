"""
Compiles the ways in which a packet can be wanted to the kernel's filter.

The program finds IP behind up to two VLAN tags, then the transport's header, then its payload,
once, whatever the frame. What is asked of headers alone is asked first, for each version of IP;
most packets have nothing of it, and then no payload, or one that begins like none that is looked
for. Both versions share what is asked of payloads, the longer part of the program.
"""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address

from nmapwatchd.core.observation import Transport
from nmapwatchd.filters import headers as frame
from nmapwatchd.filters.bpf import Assembler, Code, Label
from nmapwatchd.filters.clauses import (
    IPV4,
    IPV6,
    Clause,
    Clauses,
    Comparison,
    Operand,
    possible,
    reach,
)
from nmapwatchd.filters.decision_tree import Exits, decide
from nmapwatchd.filters.headers import HEADER, NETWORK, PAYLOAD
from nmapwatchd.filters.load import Known
from nmapwatchd.filters.source_block import block_ipv4, block_ipv6

# Bytes of a frame that are let through: all that were captured.
_ALL = 0x4_0000

_PROTOCOLS = {
    Transport.TCP: 6, Transport.UDP: 17, Transport.ICMP: 1, Transport.ICMPV6: 58,
    Transport.SCTP: 132,
}  # fmt: skip
_IS_TCP = Comparison(Operand(NETWORK, 9, 1), Code.JEQ, _PROTOCOLS[Transport.TCP])
# No more fragments follow.
_IS_WHOLE = Comparison(Operand(NETWORK, 6, 1, 0x20), Code.JEQ, 0)

_TCP_WORD = {Operand(HEADER, frame.TCP_FLAGS, 4): frame.TCP_WORD}
_IPV4_WORD = {Operand(NETWORK, frame.IPV4_FRAGMENT, 4): frame.IP_WORD}
_IPV6_WORD = {Operand(NETWORK, frame.IPV6_LENGTH, 4): frame.IP_WORD}


def kernel_filter(link: int, ways: Clauses, shed: Sequence[str] = ()) -> bytes:
    """
    Return the program for a link type.

    Args:
        link: one of `LINKS`.
        ways: what shall be let through.
        shed: addresses of which nothing shall.

    Raises:
        ValueError: the program is longer than the kernel takes.
    """
    out = Assembler()
    ipv4, ipv6, reject = Label(), Label(), Label()
    exits = Exits(accept=Label(), fail=reject)
    with_payload = {t: [way for way in ways[t] if reach(way, PAYLOAD)] for t in Transport}
    bare = {t: [way for way in ways[t] if not reach(way, PAYLOAD)] for t in Transport}
    payloads = {t: Label() if with_payload[t] else reject for t in Transport}
    sources = [ip_address(source) for source in shed]

    frame.find_ip(out, link, ipv4, ipv6, reject)

    out.bind(ipv4)
    block_ipv4(out, sources, reject)
    bare_ipv4 = {t: possible(bare[t], IPV4) for t in Transport}
    _pass_fragments(out, bare_ipv4[Transport.TCP], exits)
    out.put(Code.AND_K, 0xFF)
    bare_ipv4[Transport.TCP] = possible(bare_ipv4[Transport.TCP], _IS_WHOLE)
    _ask_headers(out, bare_ipv4, payloads, _IPV4_WORD, exits)

    out.bind(ipv6)
    block_ipv6(out, sources, reject)
    out.put(Code.RSH_K, 8)
    out.put(Code.AND_K, 0xFF)
    bare_ipv6 = {t: possible(bare[t], IPV6) for t in Transport}
    _ask_headers(out, bare_ipv6, payloads, _IPV6_WORD, exits)

    for transport, label in payloads.items():
        if label is not reject:
            out.bind(label)
            frame.find_payload(out, transport, reject)
            decide(out, with_payload[transport], exits, _known(transport, {}))
    for label, size in ((exits.fail, 0), (exits.accept, _ALL)):
        out.bind(label)
        out.put(Code.RET_K, size)
    return out.assemble()


def _pass_fragments(out: Assembler, tcp: Sequence[Clause], exits: Exits) -> None:
    """Ask of a first fragment what needs no whole header, and reject any other; A is the word."""
    whole, on = Label(), Label()
    out.jump(Code.JSET, 0x3FFF_0000, otherwise=whole)
    out.jump(Code.JSET, 0x1FFF_0000, then=exits.fail)
    out.put(Code.LDX_MEM, HEADER)
    out.put(Code.LD_IND_B, frame.KNOWN_HEADER - 1)
    cut = [way | {_IS_TCP} for way in tcp if reach(way, HEADER) <= frame.KNOWN_HEADER]
    decide(out, cut, Exits(exits.accept, on), _known(Transport.IP, _IPV4_WORD))
    out.bind(on)
    out.put(Code.LD_MEM, frame.IP_WORD)
    out.bind(whole)


def _ask_headers(
    out: Assembler,
    ways: Mapping[Transport, Sequence[Clause]],
    payloads: Mapping[Transport, Label],
    words: Mapping[Operand, int],
    exits: Exits,
) -> None:
    """Ask of the headers, then go on to the payload; A is the protocol."""
    labels = {transport: Label() for transport in _PROTOCOLS}
    for transport, label in labels.items():
        out.jump(Code.JEQ, _PROTOCOLS[transport], then=label)
    # What is left has no header of which anything is known.
    frame.see_to_network(out)
    decide(out, ways[Transport.IP], exits, _known(Transport.IP, words))
    for transport, label in labels.items():
        out.bind(label)
        frame.find_header(out, transport)
        then = Exits(exits.accept, payloads[transport])
        decide(out, ways[transport], then, _known(transport, words))


def _known(transport: Transport, words: Mapping[Operand, int]) -> Known:
    """Return what is known of a packet when its header was found."""
    # Of a payload nothing is asked before it was found not to be empty.
    there = {NETWORK: frame.KNOWN_NETWORK, HEADER: frame.KNOWN_HEADER, PAYLOAD: 1}
    if transport is Transport.TCP:
        return Known({**there, HEADER: frame.KNOWN_TCP}, {**words, **_TCP_WORD})
    return Known(there, words)
