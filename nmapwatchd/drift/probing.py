"""Tells which signatures hold for the bytes of a probe, whatever port it is sent to."""

from typing import assert_never

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.expression import AllOf, AnyOf, Expression, Term, compile_check, terms
from nmapwatchd.core.matching.matcher import Matcher
from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.core.observation import Observation
from nmapwatchd.drift.probes import Probe

# Asked of every packet; none of them says anything about a probe's bytes.
_UNTOLD = frozenset(("destination", "destination_port", "source_port"))
_SAYS_LITTLE = frozenset(("transport", "size"))
# Bytes that a probe has in common with a value of a signature, for it to be the same probe in
# another form: this many, or half of them.
MINIMUM_COMMON = 8


def holds(row: Signature, matcher: Matcher, probe: Probe) -> bool:
    """Tell whether a signature holds for a probe's bytes, as far as these can tell."""
    asked = None if matcher.headers_only else _of_bytes(row.match, matcher)
    if asked is None or all(term.field in _SAYS_LITTLE for term in terms(asked)):
        return False
    seen = observation(probe)
    if not matcher.accepts(seen):
        return False
    return compile_check(asked)(matcher.fields_of(seen)) is not None


def holders(catalogue: Catalogue, probe: Probe) -> list[Signature]:
    """Return the signatures that hold for a probe."""
    return [
        row
        for chapter in catalogue.matcher_rules
        for row in chapter.signatures
        if holds(row, chapter.matcher, probe)
    ]


def resembles(row: Signature, probe: Probe) -> bool:
    """Tell whether a probe is much like a value that a signature asks for."""
    for term in terms(row.match):
        if term.field != "payload":
            continue
        for value in term.values:
            wanted = value.encode("latin-1")
            enough = max(MINIMUM_COMMON, len(wanted) // 2)
            if _common(wanted, probe.payload) >= min(enough, len(wanted)):
                return True
    return False


def observation(probe: Probe) -> Observation:
    """Return what the sensor would see of a probe."""
    return Observation(
        at=0, interface="", source="", destination="", source_port=0, destination_port=0,
        transport=probe.transport, payload=probe.payload,
    )  # fmt: skip


def _common(one: bytes, other: bytes) -> int:
    """Return how many bytes two strings share: at both ends, or, zeros apart, place by place."""
    shorter = min(len(one), len(other))
    head = next((n for n in range(shorter) if one[n] != other[n]), shorter)
    rest = shorter - head
    tail = next((n for n in range(rest) if one[-1 - n] != other[-1 - n]), rest)
    alike = sum(a == b != 0 for a, b in zip(one, other, strict=False))
    return max(head + tail, alike)


def _of_bytes(expression: Expression, matcher: Matcher) -> Expression | None:
    """Return the part of an expression that bytes alone can tell; None where there is none."""
    match expression:
        case Term(field):
            known = matcher.field_named(field)
            return None if field in _UNTOLD or known is None or known.tshark else expression
        case AllOf(parts):
            told = [part for p in parts if (part := _of_bytes(p, matcher)) is not None]
            return AllOf(tuple(told)) if told else None
        case AnyOf(parts):
            # A branch that says nothing about bytes holds for any.
            branches = [_of_bytes(part, matcher) for part in parts]
            told = [branch for branch in branches if branch is not None]
            return AnyOf(tuple(told)) if len(told) == len(parts) else None
        case _:
            assert_never(expression)
