"""
Compiles a catalogue to the kernel's filter.

The program finds IP behind up to two VLAN tags, then the transport's header, then its payload,
once, whatever the frame; what is asked of them is asked as a decision tree: one load for every
place, and a binary search for its value. A load beyond a packet's end would reject the packet, so
that the length is asked first.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from nmapwatchd.core.catalogue import Catalogue
from nmapwatchd.core.expression import Op
from nmapwatchd.core.matcher import Base
from nmapwatchd.core.observation import Transport
from nmapwatchd.sieve.bpf import Assembler, Code, Label
from nmapwatchd.sieve.frame import (
    FAMILY,
    HEADER,
    KNOWN_HEADER,
    KNOWN_NETWORK,
    NETWORK,
    PAYLOAD,
    PROTOCOL,
    find_header,
    find_network,
    find_payload,
    pass_over,
)
from nmapwatchd.sieve.positions import Bound, Bytes, Place, Port, Test, places

# Bytes of a frame that are let through: all that were captured.
_ALL = 0x4_0000
# Values of one place that are compared one after the other; beyond, the search splits them.
_FEW = 4

_PROTOCOLS = {
    Transport.TCP: 6, Transport.UDP: 17, Transport.ICMP: 1, Transport.ICMPV6: 58,
    Transport.SCTP: 132,
}  # fmt: skip

_ORIGINS = {
    Base.IPV4: NETWORK, Base.IPV6: NETWORK, Base.HEADER: HEADER, Base.PAYLOAD: PAYLOAD,
}  # fmt: skip
_LOADS = {4: Code.LD_IND_W, 2: Code.LD_IND_H, 1: Code.LD_IND_B}


@dataclass(frozen=True, slots=True, order=True)
class _Where:
    """A place that is loaded at once: up to four bytes, of which some bits may count."""

    origin: int
    offset: int
    size: int
    mask: int = 0  # 0 for all bits


@dataclass(frozen=True, slots=True, order=True)
class _Ask:
    """What is asked of a place: a value, or a bound."""

    where: _Where
    code: Code
    value: int


_Way = frozenset[_Ask]


Ways = Mapping[Transport, Sequence[_Way]]


def ways_of(catalogue: Catalogue) -> Ways:
    """
    Return the ways in which a packet can be what some signature wants, by what carries it.

    Raises:
        ValueError: a signature fixes no byte, so that it would open the whole wire.
    """
    found: set[Place] = set()
    for chapter in catalogue.chapters:
        for place in places(chapter):
            if not any(isinstance(test, Bytes) for test in place[1]):
                names = ", ".join(row.id for row in chapter.signatures)
                raise ValueError(f"no byte is fixed by a signature among {names}")
            found.add(place)
    return {
        transport: _without_implied({_way(tests) for over, tests in found if over is transport})
        for transport in Transport
    }


def kernel_filter(link: int, ways: Ways, passed_over: Sequence[str] = ()) -> bytes:
    """
    Return the program for a link type.

    Args:
        link: one of `LINKS`.
        ways: what shall be let through.
        passed_over: addresses of which nothing shall.

    Raises:
        ValueError: the program is longer than the kernel takes.
    """
    out = Assembler()
    reject = Label()
    find_network(out, link, reject)
    if passed_over:
        pass_over(out, [ip_address(source) for source in passed_over], reject)
    find_header(out, reject)
    for transport in Transport:
        if not ways[transport]:
            continue
        other = Label()
        known = {NETWORK: KNOWN_NETWORK}
        if transport is not Transport.IP:  # which is what is left at the end, and has no header
            known[HEADER] = KNOWN_HEADER
            out.put(Code.LD_MEM, PROTOCOL)
            out.jump(Code.JEQ, _PROTOCOLS[transport], otherwise=other)
        find_payload(out, transport)
        _decide(out, ways[transport], reject, known)
        out.bind(other)
    out.bind(reject)
    out.put(Code.RET_K, 0)
    return out.assemble()


def _without_implied(ways: set[_Way]) -> list[_Way]:
    """Leave out what another way lets through anyway."""
    return [way for way in ways if not any(other < way for other in ways)]


def _way(tests: frozenset[Test]) -> _Way:
    return frozenset(ask for test in tests for ask in _asks(test))


def _asks(test: Test) -> list[_Ask]:
    """Return a test as what one load can answer."""
    match test:
        case Port(number):
            return [_Ask(_Where(HEADER, 2, 2), Code.JEQ, number)]
        case Bound(offset, size, base, op, number):
            where = _Where(_ORIGINS[base], offset, size)
            if op is Op.AT_LEAST:
                return [*_family(base), _Ask(where, Code.JGE, number)]
            return [*_family(base), _Ask(where, Code.JGT, number)]
        case Bytes():
            return [*_family(test.base), *_bytes(test)]


def _family(base: Base) -> list[_Ask]:
    """A place in the network header belongs to one version of IP."""
    versions = {Base.IPV4: 4, Base.IPV6: 6}
    if base not in versions:
        return []
    return [_Ask(_Where(FAMILY, 0, 0), Code.JEQ, versions[base])]


def _bytes(test: Bytes) -> list[_Ask]:
    """Compare bytes in the steps of 4, 2 and 1 that BPF can load."""
    asks = []
    offset, value, mask = test.offset, test.value, test.mask or b"\xff" * len(test.value)
    while value:
        step = next(size for size in _LOADS if size <= len(value))
        bits = int.from_bytes(mask[:step])
        where = _Where(
            _ORIGINS[test.base], offset, step, 0 if bits == (1 << 8 * step) - 1 else bits
        )
        asks.append(_Ask(where, Code.JEQ, int.from_bytes(value[:step]) & bits))
        offset, value, mask = offset + step, value[step:], mask[step:]
    return asks


def _decide(out: Assembler, ways: Sequence[_Way], fail: Label, known: dict[int, int]) -> None:
    """
    Write the tree that accepts a packet if one of the ways holds, and else goes to `fail`.

    Args:
        out: where to write.
        ways: what must hold, as alternatives; what led here is left out.
        fail: where to go.
        known: by origin, how many bytes behind it are known to be there.
    """
    if frozenset() in ways:
        out.put(Code.RET_K, _ALL)
        return
    where, code = _next_question(ways)
    branches: dict[int, list[_Way]] = {}
    others: list[_Way] = []
    for way in ways:
        ask = next((a for a in way if (a.where, a.code) == (where, code)), None)
        # A packet has one value in a place, but may be within many bounds: one at a time.
        if ask is None or (code is not Code.JEQ and branches and ask.value not in branches):
            others.append(way)
        else:
            branches.setdefault(ask.value, []).append(way - {ask})
    rest = Label() if others else fail
    within = _load(out, where, rest, known)
    targets = {value: Label() for value in branches}
    if code is Code.JEQ:
        _search(out, sorted(targets), targets, rest)
    else:
        ((value, label),) = targets.items()
        if code is Code.JGE:
            out.jump(Code.JGE, value, then=label, otherwise=rest)
        else:
            out.jump(Code.JGT, value, then=rest, otherwise=label)
    for value, label in targets.items():
        out.bind(label)
        _decide(out, branches[value], rest, within)
    if others:
        out.bind(rest)
        _decide(out, others, fail, known)


def _next_question(ways: Sequence[_Way]) -> tuple[_Where, Code]:
    """Choose what to ask: what most ways ask, of these what is nearest and longest."""
    asked = Counter((ask.where, ask.code) for way in ways for ask in way)

    def merit(question: tuple[_Where, Code]) -> tuple[int, ...]:
        where, code = question
        reach = where.offset + where.size
        return (asked[question], -reach, where.size, -where.origin, -where.mask, -code)

    return max(asked, key=merit)


def _load(out: Assembler, where: _Where, rest: Label, known: dict[int, int]) -> dict[int, int]:
    """Load a place, or go to `rest` where the packet ends before it."""
    if where.origin == FAMILY:
        out.put(Code.LD_MEM, FAMILY)
        return known
    reach = where.offset + where.size
    out.put(Code.LDX_MEM, where.origin)
    if known.get(where.origin, 0) < reach:
        # The length less the place's end: a number too large where the packet ends before it.
        out.put(Code.TXA)
        out.put(Code.ADD_K, reach)
        out.put(Code.TAX)
        out.put(Code.LD_LEN)
        out.put(Code.SUB_X)
        out.jump(Code.JGE, 1 << 31, then=rest)
        out.put(Code.LDX_MEM, where.origin)
        known = {**known, where.origin: reach}
    out.put(_LOADS[where.size], where.offset)
    if where.mask:
        out.put(Code.AND_K, where.mask)
    return known


def _search(out: Assembler, values: Sequence[int], targets: dict[int, Label], fail: Label) -> None:
    """Go to the label of the value that was loaded; else to `fail`."""
    if len(values) <= _FEW:
        for value in values[:-1]:
            out.jump(Code.JEQ, value, then=targets[value])
        out.jump(Code.JEQ, values[-1], then=targets[values[-1]], otherwise=fail)
        return
    middle = len(values) // 2
    upper = Label()
    out.jump(Code.JGT, values[middle - 1], then=upper)
    _search(out, values[:middle], targets, fail)
    out.bind(upper)
    _search(out, values[middle:], targets, fail)
