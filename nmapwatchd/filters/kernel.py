"""
Compile clauses to the kernel's filter.

The program locates IP, the outer one or the one that is wrapped in it, then the transport's header
and its payload, once for every kind of frame. Clauses of headers alone come first, for each version
of IP: most packets fail them, and then have no payload or one whose first bytes no clause accepts.
Both versions share the clauses of payloads, the larger part of the program.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from ipaddress import ip_address

from nmapwatchd.core.observation import Transport
from nmapwatchd.core.shedding import ShedSources
from nmapwatchd.filters import headers
from nmapwatchd.filters.bpf import INSTRUCTION, Assembler, Code, Label, checked, skip
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
from nmapwatchd.filters.source_branch import branch_sources
from nmapwatchd.filters.unwrap import Located, emit_located
from nmapwatchd.filters.wrappings import ALL, Wrapping

# What the program returns for a packet that passes: more bytes than any frame has.
_WHOLE_FRAME = 0x4_0000
# The same for a packet that requires no reply, so that anyone can forge its source. While a flood
# of them overloads the sensor, the capture process lets one in so many pass (child/thinning.py).
_SPOOFABLE_FRAME = 0x4_0001

_PROTOCOLS = {
    Transport.TCP: 6, Transport.UDP: 17, Transport.ICMP: 1, Transport.ICMPV6: 58,
    Transport.SCTP: 132,
}  # fmt: skip
_IS_TCP = Comparison(Operand(NETWORK, 9, 1), Code.JEQ, _PROTOCOLS[Transport.TCP])
# No more fragments follow.
_IS_UNFRAGMENTED = Comparison(Operand(NETWORK, 6, 1, 0x20), Code.JEQ, 0)

_IPV6_NEXT_HEADER = 6  # offset, RFC 8200

_TCP_WORD = {Operand(HEADER, headers.TCP_FLAGS, 4): headers.TCP_WORD}
_IPV4_WORD = {Operand(NETWORK, headers.IPV4_FRAGMENT, 4): headers.IP_WORD}
_IPV6_WORD = {Operand(NETWORK, headers.IPV6_LENGTH, 4): headers.IP_WORD}


def kernel_filters(
    links: Iterable[int], clauses: Clauses, wrappings: Collection[Wrapping] = ALL
) -> Mapping[int, bytes]:
    """
    Return the program for each link type.

    They differ only in how the packet is located; the rest, which is most, is compiled once.

    Args:
        links: some of `LINKS`.
        clauses: what passes.
        wrappings: those whose inner packets are compared.

    Raises:
        ValueError: a program is too long for the kernel.
    """
    located = Located(Label(), Label(), Label(), _labels(), _labels())
    exits = Exits(accept=Label(), fail=Label())
    spoofable = Exits(accept=Label(), fail=exits.fail)
    out = Assembler()
    _emit_clauses(out, clauses, located, exits, spoofable)
    for label, result in (
        (exits.accept, _WHOLE_FRAME), (spoofable.accept, _SPOOFABLE_FRAME), (exits.fail, 0)
    ):  # fmt: skip
        out.bind(label)
        out.emit(Code.RET_K, result)
    comparison = out.assemble_end()
    programs = {}
    for link in links:
        out = Assembler()
        emit_located(out, link, wrappings, located, exits.fail)
        programs[link] = out.assemble(comparison)
    return programs


def kernel_filter(link: int, clauses: Clauses, wrappings: Collection[Wrapping] = ALL) -> bytes:
    """Return the program for one link type; see `kernel_filters`."""
    return kernel_filters((link,), clauses, wrappings)[link]


def shedding_filter(program: bytes, sources: ShedSources, distinctive: Clauses) -> bytes:
    """
    Return a program that also sheds some sources.

    The addresses are compared after everything else, so that packets that do not pass anyway, most
    of all, cost no more; and the long part of the program is not compiled again.

    Args:
        program: the result of `kernel_filter`, whose last three instructions accept, accept what is
            spoofable, and reject.
        sources: the sources whose packets are limited or dropped.
        distinctive: the payloads that pass of those that are limited.

    Raises:
        ValueError: the program is too long for the kernel.
    """
    out = Assembler()
    exits = Exits(accept=Label(), fail=Label())
    ipv4, ipv6, store, whole = Label(), Label(), Label(), Label()
    limited, blocked = (
        [ip_address(one) for one in sources.limited],
        [ip_address(one) for one in sources.blocked],
    )
    out.emit(Code.LDX_IMM, _WHOLE_FRAME)
    out.goto(store)
    out.emit(Code.LDX_IMM, _SPOOFABLE_FRAME)  # entered here by what is spoofable
    out.bind(store)
    out.emit(Code.STX, headers.RESULT)
    branch_sources(out, blocked, exits.fail, exits.fail)
    branch_sources(out, limited, ipv4, ipv6)
    out.goto(exits.accept)
    if limited:
        _emit_limited(out, distinctive, (ipv4, ipv6), exits)
    out.bind(exits.accept)
    out.emit(Code.LD_MEM, headers.RESULT)
    out.jump(Code.JEQ, _SPOOFABLE_FRAME, otherwise=whole)
    out.emit(Code.RET_K, _SPOOFABLE_FRAME)
    out.bind(whole)
    out.emit(Code.RET_K, _WHOLE_FRAME)
    out.bind(exits.fail)
    out.emit(Code.RET_K, 0)
    after = out.assemble()
    # The kernel takes what follows an instruction for its successor unless it is a jump, and would
    # find that scratch memory is read after a rejection, where it may not be set.
    never = skip(len(after) // INSTRUCTION - 1)
    body, reject = program[: -3 * INSTRUCTION], program[-INSTRUCTION:]
    return checked(body + skip(3) + skip(4) + reject + never + after)


def _emit_clauses(
    out: Assembler, clauses: Clauses, located: Located, exits: Exits, spoofable: Exits
) -> None:
    """
    Emit clauses, for packets whose network header is located.

    Args:
        out: the program.
        clauses: what passes.
        located: labels that the packets come to.
        exits: where data over TCP jumps.
        spoofable: where other packets jump, whose source anyone can forge.
    """
    of_payload = {t: [c for c in clauses[t] if required_bytes(c, PAYLOAD)] for t in Transport}
    of_headers = {t: [c for c in clauses[t] if not required_bytes(c, PAYLOAD)] for t in Transport}
    payloads = {t: Label() if of_payload[t] else exits.fail for t in Transport}

    out.bind(located.ipv4)
    over_ipv4 = {t: assume(of_headers[t], IPV4) for t in Transport}
    _emit_fragments(out, over_ipv4[Transport.TCP], spoofable)
    out.emit(Code.AND_K, 0xFF)
    over_ipv4[Transport.TCP] = assume(over_ipv4[Transport.TCP], _IS_UNFRAGMENTED)
    out.bind(located.whole_ipv4)
    _emit_headers(out, over_ipv4, located.over_ipv4, payloads, words=_IPV4_WORD, exits=spoofable)

    out.bind(located.ipv6)
    over_ipv6 = {t: assume(of_headers[t], IPV6) for t in Transport}
    _emit_headers(out, over_ipv6, located.over_ipv6, payloads, words=_IPV6_WORD, exits=spoofable)

    for transport, label in payloads.items():
        if label is not exits.fail:
            out.bind(label)
            headers.emit_payload(out, transport, exits.fail)
            accepted = exits if transport is Transport.TCP else spoofable
            emit_tree(out, of_payload[transport], accepted, _known(transport, {}))


def _labels() -> Mapping[Transport, Label]:
    return {transport: Label() for transport in _PROTOCOLS}


def _emit_limited(
    out: Assembler, distinctive: Clauses, entries: tuple[Label, Label], exits: Exits
) -> None:
    """
    Emit what of a limited source passes: distinctive payloads, and what has no payload.

    The latter has passed by its headers, which are those of nmap's raw packets.
    """
    protocol = Label()
    labels = {transport: Label() for transport in (Transport.TCP, Transport.UDP)}
    out.bind(entries[0])
    out.emit(Code.LD_IND_W, headers.IPV4_FRAGMENT)
    out.jump(Code.JSET, 0x3FFF_0000, then=exits.accept)  # a fragment
    out.emit(Code.AND_K, 0xFF)
    out.goto(protocol)
    out.bind(entries[1])
    out.emit(Code.LD_IND_B, _IPV6_NEXT_HEADER)
    out.bind(protocol)
    for transport, label in labels.items():
        out.jump(Code.JEQ, _PROTOCOLS[transport], then=label)
    out.goto(exits.accept)
    for transport, label in labels.items():
        out.bind(label)
        headers.require_header(out, transport)
        headers.emit_payload(out, transport, exits.accept)
        emit_tree(out, distinctive[transport], exits, _known(transport, {}))


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
