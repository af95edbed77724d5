"""How a payload must begin for a signature to hold: what its first byte can tell beforehand."""

from typing import assert_never

from nmapwatchd.core.expression import AllOf, AnyOf, Expression, Op, Term
from nmapwatchd.core.matcher import Base, Matcher
from nmapwatchd.core.observation import Transport

# The first byte of an empty payload.
NO_BYTE = -1


def begins_possibly(
    expression: Expression, matcher: Matcher, transport: Transport, byte: int
) -> bool:
    """
    Tell whether an expression can hold for a payload with this first byte.

    Never says no where it could: what the first byte does not tell is possible.
    """
    match expression:
        case AllOf(parts):
            return all(begins_possibly(part, matcher, transport, byte) for part in parts)
        case AnyOf(parts):
            return any(begins_possibly(part, matcher, transport, byte) for part in parts)
        case Term():
            firsts = [_first(value, expression, matcher, transport) for value in expression.values]
            return None in firsts or byte in firsts
        case _:
            assert_never(expression)


def _first(value: str, term: Term, matcher: Matcher, transport: Transport) -> int | None:
    """Return the first byte that a value of a term wants of the payload, None where it is free."""
    if term.field == "payload" and term.op in (Op.IS, Op.STARTS):
        if value:
            return ord(value[0])
        return NO_BYTE if term.op is Op.IS else None
    field = matcher.knows(term.field)
    if field is None or field.at is None or field.base is not Base.PAYLOAD or field.mask:
        return None
    if field.at.get(transport) != 0 or term.op is not Op.IS or not field.size or field.tshark:
        return None
    return int(value).to_bytes(field.size, field.order)[0]
