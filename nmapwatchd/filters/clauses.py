"""The ways in which a packet can be what some signature wants, as what a machine can ask of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.expression import Op
from nmapwatchd.core.matching.matcher import Base
from nmapwatchd.core.observation import Transport
from nmapwatchd.filters.bpf import Code
from nmapwatchd.filters.byte_tests import Bound, Bytes, Place, Port, Test, places
from nmapwatchd.filters.headers import HEADER, NETWORK, PAYLOAD

# Bytes that BPF loads at once.
WORD = 4

_ORIGINS = {
    Base.IPV4: NETWORK, Base.IPV6: NETWORK, Base.HEADER: HEADER, Base.PAYLOAD: PAYLOAD,
}  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Operand:
    """A place that is loaded at once: one, two or four bytes, of which some bits may count."""

    origin: int
    offset: int
    size: int
    mask: int = 0  # 0 for all bits

    @property
    def end(self) -> int:
        """How many bytes behind the origin must be there."""
        return self.offset + self.size


@dataclass(frozen=True, slots=True, order=True)
class Comparison:
    """What is asked of a place: a value, or a bound."""

    where: Operand
    code: Code
    value: int


Clause = frozenset[Comparison]
Clauses = Mapping[Transport, Sequence[Clause]]

# A place in the network header belongs to one version of IP.
_VERSION = Operand(NETWORK, 0, 1, 0xF0)
IPV4 = Comparison(_VERSION, Code.JEQ, 0x40)
IPV6 = Comparison(_VERSION, Code.JEQ, 0x60)
_FAMILIES = {Base.IPV4: [IPV4], Base.IPV6: [IPV6]}


def clauses_of(catalogue: Catalogue) -> Clauses:
    """
    Return the ways in which a packet can be what some signature wants, by what carries it.

    Raises:
        ValueError: a signature fixes no byte, so that it would open the whole wire.
    """
    found: set[Place] = set()
    for chapter in catalogue.matcher_rules:
        for place in places(chapter):
            if not any(isinstance(test, Bytes) for test in place[1]):
                names = ", ".join(row.id for row in chapter.signatures)
                raise ValueError(f"no byte is fixed by a signature among {names}")
            found.add(place)
    return {
        transport: _without_implied(
            {clause_of(tests) for over, tests in found if over is transport}
        )
        for transport in Transport
    }


def clause_of(tests: frozenset[Test]) -> Clause:
    """Return tests that must all hold as what is asked."""
    asks = {ask for test in tests for ask in _asks(test)}
    return frozenset(ask for ask in asks if not any(_answers(other, ask) for other in asks))


def possible(ways: Iterable[Clause], fact: Comparison) -> list[Clause]:
    """Return the ways that can hold where a fact does, without what it answers."""
    return [way - {fact} for way in ways if not any(_contradicts(ask, fact) for ask in way)]


def reach(way: Clause, origin: int) -> int:
    """Return how many bytes behind an origin a way asks for."""
    return max((ask.where.end for ask in way if ask.where.origin == origin), default=0)


def _contradicts(ask: Comparison, fact: Comparison) -> bool:
    a, b = ask.where, fact.where
    if (a.origin, a.offset, a.size, ask.code) != (b.origin, b.offset, b.size, fact.code):
        return False
    every = (1 << 8 * a.size) - 1
    return bool((ask.value ^ fact.value) & (a.mask or every) & (b.mask or every))


def _without_implied(ways: set[Clause]) -> list[Clause]:
    """Leave out what another way lets through anyway."""
    return [way for way in ways if not any(other < way for other in ways)]


def _answers(wide: Comparison, ask: Comparison) -> bool:
    """Tell whether a longer load at the same offset answers for an ask, as no packet has both."""
    a, b = wide.where, ask.where
    same = (a.origin, a.offset, wide.code, ask.code) == (b.origin, b.offset, Code.JEQ, Code.JEQ)
    return same and a.size > b.size and not a.mask and not b.mask


def _asks(test: Test) -> list[Comparison]:
    """Return a test as what one load can answer."""
    match test:
        case Port(number):
            return [Comparison(Operand(HEADER, 2, 2), Code.JEQ, number)]
        case Bound(offset, size, base, op, number):
            where = Operand(_ORIGINS[base], offset, size)
            code = Code.JGE if op is Op.AT_LEAST else Code.JGT
            return [*_FAMILIES.get(base, []), Comparison(where, code, number)]
        case Bytes():
            return [*_FAMILIES.get(test.base, []), *_bytes(test)]


def _bytes(test: Bytes) -> list[Comparison]:
    """
    Compare bytes in the steps of 4, 2 and 1 that BPF can load.

    None crosses the end of a word, counted from the origin: what different ways ask of a word is
    then asked at once.
    """
    asks = []
    offset, value, mask = test.offset, test.value, test.mask or b"\xff" * len(test.value)
    while value:
        room = min(len(value), WORD - offset % WORD)
        step = next(size for size in (4, 2, 1) if size <= room)
        bits = int.from_bytes(mask[:step])
        every = (1 << 8 * step) - 1
        where = Operand(_ORIGINS[test.base], offset, step, 0 if bits == every else bits)
        if bits:
            asks.append(Comparison(where, Code.JEQ, int.from_bytes(value[:step]) & bits))
        offset, value, mask = offset + step, value[step:], mask[step:]
    return asks
