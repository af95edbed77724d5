"""Match signatures against the bytes of a probe, whatever its port."""

from typing import assert_never

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.expression import AllOf, AnyOf, Expression, Term, compile_check, terms
from nmapwatchd.core.matching.matcher import Matcher
from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.core.observation import Observation
from nmapwatchd.drift.probes import Probe

# Common fields that a probe's bytes do not determine.
_UNKNOWN = frozenset(("destination", "destination_port", "source_port"))
# Fields that alone do not identify a probe.
_UNSPECIFIC = frozenset(("transport", "size"))
# Bytes that a changed probe has in common with a signature's value: at least so many, or half of it
# if that is more.
MINIMUM_COMMON = 8


def matches(signature: Signature, matcher: Matcher, probe: Probe) -> bool:
    """Return whether a signature matches a probe, by the terms that its bytes determine."""
    condition = None if matcher.reads_headers else _of_bytes(signature.match, matcher)
    if condition is None or all(term.field in _UNSPECIFIC for term in terms(condition)):
        return False
    seen = observation(probe)
    if not matcher.accepts(seen):
        return False
    return compile_check(condition)(matcher.fields_of(seen)) is not None


def matching(catalogue: Catalogue, probe: Probe) -> list[Signature]:
    """Return the signatures that match a probe."""
    return [
        signature
        for rules in catalogue.matcher_rules
        for signature in rules.signatures
        if matches(signature, rules.matcher, probe)
    ]


def resembles(signature: Signature, probe: Probe) -> bool:
    """Return whether a probe is similar to a payload that a signature matches."""
    for term in terms(signature.match):
        if term.field != "payload":
            continue
        for value in term.values:
            expected = value.encode("latin-1")
            enough = max(MINIMUM_COMMON, len(expected) // 2)
            if _common(expected, probe.payload) >= min(enough, len(expected)):
                return True
    return False


def observation(probe: Probe) -> Observation:
    """Return a probe as an observation."""
    return Observation(
        at=0, interface="", source="", destination="", source_port=0, destination_port=0,
        transport=probe.transport, payload=probe.payload,
    )  # fmt: skip


def _common(one: bytes, other: bytes) -> int:
    """Return how many bytes two strings share: at both ends, or at equal offsets but zeros."""
    shorter = min(len(one), len(other))
    head = next((n for n in range(shorter) if one[n] != other[n]), shorter)
    rest = shorter - head
    tail = next((n for n in range(rest) if one[-1 - n] != other[-1 - n]), rest)
    alike = sum(a == b != 0 for a, b in zip(one, other, strict=False))
    return max(head + tail, alike)


def _of_bytes(expression: Expression, matcher: Matcher) -> Expression | None:
    """Return the part of an expression that a probe's bytes determine, or None."""
    match expression:
        case Term(field):
            read = matcher.field_named(field)
            return None if field in _UNKNOWN or read is None or read.tshark else expression
        case AllOf(parts):
            known = [part for p in parts if (part := _of_bytes(p, matcher)) is not None]
            return AllOf(tuple(known)) if known else None
        case AnyOf(parts):
            # A branch that bytes do not determine may be true for any.
            branches = [_of_bytes(part, matcher) for part in parts]
            known = [branch for branch in branches if branch is not None]
            return AnyOf(tuple(known)) if len(known) == len(parts) else None
        case _:
            assert_never(expression)
