"""Reduce signatures to tests of bytes at fixed offsets, which every exported filter shares."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import assert_never

from nmapwatchd.core.matching.catalogue import MatcherRules
from nmapwatchd.core.matching.expression import AllOf, AnyOf, Expression, Op, Term
from nmapwatchd.core.matching.matcher import Base, Field, Kind, Matcher, Opening
from nmapwatchd.core.observation import Transport

# Bytes of a literal that the kernel compares: one load. The rest is left to the catalogue.
MAXIMUM_PREFIX = 4


@dataclass(frozen=True, slots=True, order=True)
class Bytes:
    """
    Bytes at an offset equal a value, under an optional mask.

    Args:
        offset: from the base, in bytes.
        value: the bytes.
        base: payload, or one of the headers.
        mask: as long as the value; empty to compare every bit.
    """

    offset: int
    value: bytes
    base: Base = Base.PAYLOAD
    mask: bytes = b""


@dataclass(frozen=True, slots=True, order=True)
class Port:
    """The destination port equals a number."""

    number: int


@dataclass(frozen=True, slots=True, order=True)
class Bound:
    """A header's number is at least, or at most, a limit, which it includes."""

    offset: int
    size: int
    base: Base
    op: Op
    number: int


ByteTest = Bytes | Port | Bound
# A transport, and tests that must all pass.
Alternative = tuple[Transport, frozenset[ByteTest]]


def alternatives(rules: MatcherRules, longest: int = MAXIMUM_PREFIX) -> set[Alternative]:
    """
    Return the alternative sets of tests of a matcher's signatures.

    A packet that a signature accepts passes every test of at least one alternative.

    Args:
        rules: the matcher and its signatures.
        longest: bytes of a literal that are compared.
    """
    found: set[Alternative] = set()
    for signature in rules.signatures:
        for transport in rules.matcher.transports:
            for tests in _expression_tests(signature.match, rules.matcher, transport, longest):
                for start in _openings(rules.matcher, transport):
                    combined = _combine(tests, start)
                    if combined is not None:
                        found.add((transport, combined))
    return found


def opening_tests(opening: Opening) -> frozenset[ByteTest]:
    """Return an opening as tests."""
    return frozenset(Bytes(offset, value) for offset, value in opening.tests)


def _openings(matcher: Matcher, transport: Transport) -> list[frozenset[ByteTest]]:
    if not matcher.openings:
        return [frozenset()]
    return [opening_tests(o) for o in matcher.openings if o.transport is transport]


def _expression_tests(
    expression: Expression, matcher: Matcher, transport: Transport, longest: int
) -> Iterator[frozenset[ByteTest]]:
    """Yield the alternative sets of tests of an expression; none if it cannot be true."""
    match expression:
        case Term():
            yield from term_tests(expression, matcher, transport, longest)
        case AnyOf(parts):
            for part in parts:
                yield from _expression_tests(part, matcher, transport, longest)
        case AllOf(parts):
            choices = [list(_expression_tests(part, matcher, transport, longest)) for part in parts]
            for chosen in product(*choices):
                combined = _combine(*chosen)
                if combined is not None:
                    yield combined
        case _:
            assert_never(expression)


def term_tests(
    term: Term, matcher: Matcher, transport: Transport, longest: int = MAXIMUM_PREFIX
) -> Iterator[frozenset[ByteTest]]:
    """Yield a term's tests, one set per value; an empty set if no offset is fixed."""
    field = matcher.field_named(term.field)
    for value in term.values:
        if term.field == "transport" and term.op is Op.IS:
            if value == transport.value:
                yield frozenset()
        elif term.field == "destination_port" and term.op is Op.IS:
            yield frozenset({Port(int(value))})
        elif term.field == "payload" and term.op in (Op.IS, Op.STARTS) and value:
            yield frozenset({Bytes(0, value.encode("latin-1")[:longest])})
        elif field is not None and field.at is not None:
            if transport in field.at:
                yield _located_tests(term.op, value, field, field.at[transport], longest)
        else:
            yield frozenset()


def _located_tests(
    op: Op, value: str, field: Field, offset: int, longest: int
) -> frozenset[ByteTest]:
    """Return the test of a value at a fixed offset; an empty set if bytes cannot express it."""
    in_header = field.base is not Base.PAYLOAD
    if field.kind is Kind.BYTES:
        if op not in (Op.IS, Op.STARTS) or not value:
            return frozenset()
        return frozenset({Bytes(offset, value.encode("latin-1")[:longest], field.base)})
    if op is Op.IS:
        number = (int(value) << field.shift).to_bytes(field.size, field.order)
        mask = field.mask.to_bytes(field.size, field.order) if field.mask else b""
        return frozenset({Bytes(offset, number, field.base, mask)})
    if op in (Op.AT_LEAST, Op.AT_MOST) and in_header and not field.mask:
        return frozenset({Bound(offset, field.size, field.base, op, int(value))})
    return frozenset()


# Of a byte, by base and offset: which of its bits are compared, and their values.
_ByteValues = dict[tuple[Base, int], tuple[int, int]]


def _combine(*sets: frozenset[ByteTest]) -> frozenset[ByteTest] | None:
    """Return the union of some sets of tests, or None if no packet can pass it."""
    union = frozenset[ByteTest]().union(*sets)
    known: _ByteValues = {}
    ports = {test.number for test in union if isinstance(test, Port)}
    if len(ports) > 1:
        return None
    for test in union:
        if isinstance(test, Bytes):
            for position, (mask, byte) in _byte_values(test).items():
                known_mask, known_byte = known.get(position, (0, 0))
                if (byte ^ known_byte) & mask & known_mask:
                    return None
                known[position] = (known_mask | mask, byte & mask | known_byte)
    return _merge_masked(union, known)


def _merge_masked(tests: frozenset[ByteTest], known: _ByteValues) -> frozenset[ByteTest]:
    """Merge masked tests that one load can serve, such as TCP's flags and header length."""
    masked = [t for t in tests if isinstance(t, Bytes) and t.mask]
    merged: set[ByteTest] = set()
    for test in masked:
        wide = max((t for t in masked if _covers(t, test)), key=lambda t: len(t.value))
        pairs = [known[wide.base, wide.offset + i] for i in range(len(wide.value))]
        mask, value = (bytes(column) for column in zip(*pairs, strict=True))
        whole = mask == b"\xff" * len(mask)
        merged.add(Bytes(wide.offset, value, wide.base, b"" if whole else mask))
    return tests.difference(masked) | merged


def _covers(wide: Bytes, test: Bytes) -> bool:
    """Return whether a test's bytes lie within another's."""
    return (
        wide.base is test.base
        and wide.offset <= test.offset
        and test.offset + len(test.value) <= wide.offset + len(wide.value)
    )


def _byte_values(test: Bytes) -> _ByteValues:
    mask = test.mask or b"\xff" * len(test.value)
    return {
        (test.base, test.offset + index): pair
        for index, pair in enumerate(zip(mask, test.value, strict=True))
    }
