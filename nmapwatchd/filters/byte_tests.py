"""What of a signature can be asked at a fixed place of a packet: the part that filters share."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import assert_never

from nmapwatchd.core.matching.catalogue import MatcherRules
from nmapwatchd.core.matching.expression import AllOf, AnyOf, Expression, Op, Term
from nmapwatchd.core.matching.matcher import Base, Field, Kind, Matcher, Opening
from nmapwatchd.core.observation import Transport

# Bytes of a literal that the kernel compares: one load. What stands behind them is left to tshark
# and the catalogue.
MAXIMUM_PREFIX = 4


@dataclass(frozen=True, slots=True, order=True)
class Bytes:
    """These bytes at this offset of the payload, or of a header; of a header's, maybe some bits."""

    offset: int
    value: bytes
    base: Base = Base.PAYLOAD
    mask: bytes = b""  # as long as the value; empty for every bit


@dataclass(frozen=True, slots=True, order=True)
class Port:
    """Sent to this port."""

    number: int


@dataclass(frozen=True, slots=True, order=True)
class Bound:
    """A number at this offset of a header that is no smaller, or no greater, than this."""

    offset: int
    size: int
    base: Base
    op: Op
    number: int


Test = Bytes | Port | Bound
Place = tuple[Transport, frozenset[Test]]


def places(chapter: MatcherRules) -> set[Place]:
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
    field = matcher.field_named(term.field)
    for value in term.values:
        if term.field == "transport" and term.op is Op.IS:
            if value == transport.value:
                yield frozenset()
        elif term.field == "destination_port" and term.op is Op.IS:
            yield frozenset({Port(int(value))})
        elif term.field == "payload" and term.op in (Op.IS, Op.STARTS) and value:
            yield frozenset({Bytes(0, value.encode("latin-1")[:MAXIMUM_PREFIX])})
        elif field is not None and field.at is not None:
            if transport in field.at:
                yield _placed(term.op, value, field, field.at[transport])
        else:
            yield frozenset()


def _placed(op: Op, value: str, field: Field, offset: int) -> frozenset[Test]:
    """Return the test for a value that stands at a fixed place; none where it has no test."""
    in_header = field.base is not Base.PAYLOAD
    if field.kind is Kind.BYTES:
        if op not in (Op.IS, Op.STARTS) or not value:
            return frozenset()
        return frozenset({Bytes(offset, value.encode("latin-1")[:MAXIMUM_PREFIX], field.base)})
    if op is Op.IS:
        number = (int(value) << field.shift).to_bytes(field.size, field.order)
        mask = field.mask.to_bytes(field.size, field.order) if field.mask else b""
        return frozenset({Bytes(offset, number, field.base, mask)})
    if op in (Op.AT_LEAST, Op.AT_MOST) and in_header and not field.mask:
        return frozenset({Bound(offset, field.size, field.base, op, int(value))})
    return frozenset()


def _join(*ways: frozenset[Test]) -> frozenset[Test] | None:
    """Return all tests together, or None where no packet can pass them all."""
    together = frozenset[Test]().union(*ways)
    known: dict[tuple[Base, int], tuple[int, int]] = {}
    ports = {test.number for test in together if isinstance(test, Port)}
    if len(ports) > 1:
        return None
    for test in together:
        if isinstance(test, Bytes):
            for place, (mask, byte) in bits(test).items():
                before, known_byte = known.get(place, (0, 0))
                if (byte ^ known_byte) & mask & before:
                    return None
                known[place] = (mask | before, byte & mask | known_byte)
    return _merged(together, known)


def _merged(
    tests: frozenset[Test], known: dict[tuple[Base, int], tuple[int, int]]
) -> frozenset[Test]:
    """Return tests in which one load answers for the bits of a place: flags and header length."""
    masked = [t for t in tests if isinstance(t, Bytes) and t.mask]
    merged: set[Test] = set()
    for test in masked:
        wide = max((t for t in masked if _covers(t, test)), key=lambda t: len(t.value))
        pairs = [known[wide.base, wide.offset + i] for i in range(len(wide.value))]
        mask, value = (bytes(column) for column in zip(*pairs, strict=True))
        whole = mask == b"\xff" * len(mask)
        merged.add(Bytes(wide.offset, value, wide.base, b"" if whole else mask))
    return tests.difference(masked) | merged


def _covers(wide: Bytes, test: Bytes) -> bool:
    """Tell whether a test's place lies within another's."""
    return (
        wide.base is test.base
        and wide.offset <= test.offset
        and test.offset + len(test.value) <= wide.offset + len(wide.value)
    )


def bits(test: Bytes) -> dict[tuple[Base, int], tuple[int, int]]:
    """Return what each byte must be: which of its bits, and their value."""
    mask = test.mask or b"\xff" * len(test.value)
    return {
        (test.base, test.offset + index): pair
        for index, pair in enumerate(zip(mask, test.value, strict=True))
    }
