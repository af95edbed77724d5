"""
Compile clauses to the kernel's filter.

The program locates IP, the outer one or the one that is wrapped in it, then the transport's header
and its payload, once for every kind of frame. Clauses of headers alone come first, for each version
of IP: most packets fail them, and then have no payload or one whose first bytes no clause accepts.
Both versions share the clauses of payloads, the larger part of the program.
"""

from collections.abc import Collection, Mapping, Sequence
from ipaddress import ip_address

from nmapwatchd.core.observation import Transport
from nmapwatchd.filters import headers
from nmapwatchd.filters.bpf import Assembler, Code, Label
from nmapwatchd.filters.clauses import (
    IPV4,
    IPV6,
    Clause,
    Clauses,
    Comparison,
    Operand,
    assume,
    required_bytes,
)
from nmapwatchd.filters.decision_tree import Exits, emit_tree
from nmapwatchd.filters.headers import HEADER, NETWORK, PAYLOAD
from nmapwatchd.filters.load import Known
from nmapwatchd.filters.source_block import block_ipv4, block_ipv6
from nmapwatchd.filters.unwrap import Located, emit_located
from nmapwatchd.filters.wrappings import ALL, Wrapping

# What the program returns for a packet that passes: more bytes than any frame has.
_WHOLE_FRAME = 0x4_0000

_PROTOCOLS = {
    Transport.TCP: 6, Transport.UDP: 17, Transport.ICMP: 1, Transport.ICMPV6: 58,
    Transport.SCTP: 132,
}  # fmt: skip
_IS_TCP = Comparison(Operand(NETWORK, 9, 1), Code.JEQ, _PROTOCOLS[Transport.TCP])
# No more fragments follow.
_IS_UNFRAGMENTED = Comparison(Operand(NETWORK, 6, 1, 0x20), Code.JEQ, 0)

_TCP_WORD = {Operand(HEADER, headers.TCP_FLAGS, 4): headers.TCP_WORD}
_IPV4_WORD = {Operand(NETWORK, headers.IPV4_FRAGMENT, 4): headers.IP_WORD}
_IPV6_WORD = {Operand(NETWORK, headers.IPV6_LENGTH, 4): headers.IP_WORD}


def kernel_filter(
    link: int,
    clauses: Clauses,
    blocked: Sequence[str] = (),
    wrappings: Collection[Wrapping] = ALL,
) -> bytes:
    """
    Return the program for a link type.

    Args:
        link: one of `LINKS`.
        clauses: what passes.
        blocked: source addresses whose packets are dropped.
        wrappings: those whose inner packets are compared.

    Raises:
        ValueError: the program is too long for the kernel.
    """
    out = Assembler()
    ipv4, ipv6, reject = Label(), Label(), Label()
    exits = Exits(accept=Label(), fail=reject)
    of_payload = {t: [c for c in clauses[t] if required_bytes(c, PAYLOAD)] for t in Transport}
    of_headers = {t: [c for c in clauses[t] if not required_bytes(c, PAYLOAD)] for t in Transport}
    payloads = {t: Label() if of_payload[t] else reject for t in Transport}
    sources = [ip_address(source) for source in blocked]

    located = Located(ipv4, ipv6, Label(), _labels(), _labels())
    emit_located(out, link, wrappings, located, reject)
    if sources:
        _emit_detours(out, located)
    labels = Located(ipv4, ipv6, Label(), _labels(), _labels()) if sources else located

    out.bind(ipv4)
    block_ipv4(out, sources, reject)
    over_ipv4 = {t: assume(of_headers[t], IPV4) for t in Transport}
    _emit_fragments(out, over_ipv4[Transport.TCP], exits)
    out.emit(Code.AND_K, 0xFF)
    over_ipv4[Transport.TCP] = assume(over_ipv4[Transport.TCP], _IS_UNFRAGMENTED)
    out.bind(labels.whole_ipv4)
    _emit_headers(out, over_ipv4, labels.over_ipv4, payloads, words=_IPV4_WORD, exits=exits)

    out.bind(ipv6)
    if sources:
        out.emit(Code.ST, headers.PROTOCOL)
        block_ipv6(out, sources, reject)
        out.emit(Code.LD_MEM, headers.PROTOCOL)
    over_ipv6 = {t: assume(of_headers[t], IPV6) for t in Transport}
    _emit_headers(out, over_ipv6, labels.over_ipv6, payloads, words=_IPV6_WORD, exits=exits)

    for transport, label in payloads.items():
        if label is not reject:
            out.bind(label)
            headers.emit_payload(out, transport, reject)
            emit_tree(out, of_payload[transport], exits, _known(transport, {}))
    for label, size in ((exits.fail, 0), (exits.accept, _WHOLE_FRAME)):
        out.bind(label)
        out.emit(Code.RET_K, size)
    return out.assemble()


def _labels() -> Mapping[Transport, Label]:
    return {transport: Label() for transport in _PROTOCOLS}


def _emit_detours(out: Assembler, located: Located) -> None:
    """Have every packet pass the comparison of its source first."""
    for transport, label in located.over_ipv6.items():
        out.bind(label)
        out.emit(Code.LD_IMM, _PROTOCOLS[transport])
        out.goto(located.ipv6)
    for label in (located.whole_ipv4, *located.over_ipv4.values()):
        out.bind(label)
    out.emit(Code.LD_MEM, headers.IP_WORD)
    out.goto(located.ipv4)


def _emit_fragments(out: Assembler, tcp: Sequence[Clause], exits: Exits) -> None:
    """Try a first fragment on clauses that fit into it; reject any other. A is the IP word."""
    whole, first = Label(), Label()
    out.jump(Code.JSET, 0x3FFF_0000, otherwise=whole)
    out.jump(Code.JSET, 0x1FFF_0000, then=exits.fail)
    out.emit(Code.LDX_MEM, HEADER)
    out.emit(Code.LD_IND_B, headers.KNOWN_HEADER - 1)
    fitting = [c | {_IS_TCP} for c in tcp if required_bytes(c, HEADER) <= headers.KNOWN_HEADER]
    emit_tree(out, fitting, Exits(exits.accept, first), _known(Transport.IP, _IPV4_WORD))
    out.bind(first)
    out.emit(Code.LD_MEM, headers.IP_WORD)
    out.bind(whole)


def _emit_headers(
    out: Assembler,
    clauses: Mapping[Transport, Sequence[Clause]],
    labels: Mapping[Transport, Label],
    payloads: Mapping[Transport, Label],
    *,
    words: Mapping[Operand, int],
    exits: Exits,
) -> None:
    """Emit the clauses of headers; jump to the payload's if they fail. A is the protocol."""
    for transport, label in labels.items():
        out.jump(Code.JEQ, _PROTOCOLS[transport], then=label)
    # Of other protocols no header is inspected but IP's.
    headers.require_network(out)
    emit_tree(out, clauses[Transport.IP], exits, _known(Transport.IP, words))
    for transport, label in labels.items():
        out.bind(label)
        headers.require_header(out, transport)
        after = Exits(exits.accept, payloads[transport])
        emit_tree(out, clauses[transport], after, _known(transport, words))


def _known(transport: Transport, words: Mapping[Operand, int]) -> Known:
    """Return what is established once a packet's headers are located."""
    # Clauses of a payload run only once it is not empty.
    lengths = {NETWORK: headers.KNOWN_NETWORK, HEADER: headers.KNOWN_HEADER, PAYLOAD: 1}
    if transport is Transport.TCP:
        return Known({**lengths, HEADER: headers.KNOWN_TCP}, {**words, **_TCP_WORD})
    return Known(lengths, words)
