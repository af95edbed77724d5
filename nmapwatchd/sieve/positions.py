"""What of a signature can be asked at a fixed place of a packet: the part both filters share."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import assert_never

from nmapwatchd.core.catalogue import Chapter
from nmapwatchd.core.expression import AllOf, AnyOf, Expression, Op, Term
from nmapwatchd.core.matcher import Matcher, Opening
from nmapwatchd.core.observation import Transport

# Bytes of a literal that the filters compare. Eight tell the probes of nmap apart from anything
# but themselves; what stands behind them is left to the catalogue.
MAXIMUM_PREFIX = 4


@dataclass(frozen=True, slots=True, order=True)
class Bytes:
    """These bytes at this offset of the payload."""

    offset: int
    value: bytes


@dataclass(frozen=True, slots=True, order=True)
class Port:
    """Sent to this port."""

    number: int


Test = Bytes | Port
Place = tuple[Transport, frozenset[Test]]


def places(chapter: Chapter) -> set[Place]:
    """
    Return the fixed-place tests of a chapter's signatures, as alternatives.

    A packet that a signature accepts passes every test of at least one of them.
    """
    found: set[Place] = set()
    for row in chapter.signatures:
        for transport in chapter.matcher.transports:
            for tests in _alternatives(row.match, chapter.matcher, transport):
                for start in _openings(chapter.matcher, transport):
                    joined = _join(tests, start)
                    if joined is not None:
                        found.add((transport, joined))
    return found


def opening_tests(openings: Opening) -> frozenset[Test]:
    """Return an opening as tests."""
    return frozenset(Bytes(offset, value) for offset, value in openings.tests)


def _openings(matcher: Matcher, transport: Transport) -> list[frozenset[Test]]:
    if not matcher.openings:
        return [frozenset()]
    return [opening_tests(o) for o in matcher.openings if o.transport is transport]


def _alternatives(
    expression: Expression, matcher: Matcher, transport: Transport
) -> Iterator[frozenset[Test]]:
    """Yield the tests of each way in which an expression can hold; none where it cannot."""
    match expression:
        case Term():
            yield from term_tests(expression, matcher, transport)
        case AnyOf(parts):
            for part in parts:
                yield from _alternatives(part, matcher, transport)
        case AllOf(parts):
            ways = [list(_alternatives(part, matcher, transport)) for part in parts]
            for way in product(*ways):
                joined = _join(*way)
                if joined is not None:
                    yield joined
        case _:
            assert_never(expression)


def term_tests(term: Term, matcher: Matcher, transport: Transport) -> Iterator[frozenset[Test]]:
    """Yield a term's tests, one set a value; an empty set where no place is fixed."""
    field = matcher.knows(term.field)
    for value in term.values:
        if term.field == "transport" and term.op is Op.IS:
            if value == transport.value:
                yield frozenset()
        elif term.field == "destination_port" and term.op is Op.IS:
            yield frozenset({Port(int(value))})
        elif term.field == "payload" and term.op in (Op.IS, Op.STARTS) and value:
            yield frozenset({Bytes(0, value.encode("latin-1")[:MAXIMUM_PREFIX])})
        elif field is not None and field.at is not None and term.op is Op.IS:
            if transport in field.at:
                number = int(value).to_bytes(field.size, field.order)
                yield frozenset({Bytes(field.at[transport], number)})
        else:
            yield frozenset()


def _join(*ways: frozenset[Test]) -> frozenset[Test] | None:
    """Return all tests together, or None where no packet can pass them all."""
    together = frozenset[Test]().union(*ways)
    known: dict[int, int] = {}
    ports = {test.number for test in together if isinstance(test, Port)}
    if len(ports) > 1:
        return None
    for test in together:
        if isinstance(test, Bytes):
            for index, byte in enumerate(test.value, test.offset):
                if known.setdefault(index, byte) != byte:
                    return None
    return frozenset(together)
