"""The first payload bytes that an expression allows."""

from functools import reduce
from typing import assert_never

from nmapwatchd.core.matching.expression import AllOf, AnyOf, Expression, Op, Term
from nmapwatchd.core.matching.matcher import Base, Matcher
from nmapwatchd.core.observation import Transport

# Stands for the first byte of an empty payload.
NO_BYTE = -1
ANY_BYTE = frozenset(range(NO_BYTE, 256))


def first_bytes(expression: Expression, matcher: Matcher, transport: Transport) -> frozenset[int]:
    """
    Return the first bytes of the payloads that an expression can match.

    The result may have too many, never too few: a term that does not fix the first byte allows all.
    """
    match expression:
        case AllOf(parts):
            allowed = (first_bytes(part, matcher, transport) for part in parts)
            return reduce(frozenset.intersection, allowed, ANY_BYTE)
        case AnyOf(parts):
            allowed = (first_bytes(part, matcher, transport) for part in parts)
            return reduce(frozenset.union, allowed, frozenset())
        case Term():
            firsts = [_first(value, expression, matcher, transport) for value in expression.values]
            return ANY_BYTE if None in firsts else frozenset(b for b in firsts if b is not None)
        case _:
            assert_never(expression)


def _first(value: str, term: Term, matcher: Matcher, transport: Transport) -> int | None:
    """Return the first payload byte that one value of a term requires, None if any will do."""
    if term.field == "payload" and term.op in (Op.IS, Op.STARTS):
        if value:
            return ord(value[0])
        return NO_BYTE if term.op is Op.IS else None
    field = matcher.field_named(term.field)
    if field is None or field.at is None or field.base is not Base.PAYLOAD or field.mask:
        return None
    if field.at.get(transport) != 0 or term.op is not Op.IS or not field.size or field.tshark:
        return None
    return int(value).to_bytes(field.size, field.order)[0]
