"""Expressions: conditions on the fields of an observation."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from nmapwatchd.core.matching.pattern import compile_patterns
from nmapwatchd.core.observation import Fields
from nmapwatchd.core.sighting import Evidence


class Op(StrEnum):
    """A comparison of a field's value; all are case-sensitive."""

    IS = "is"
    IS_NOT = "is_not"  # none of the values
    CONTAINS = "contains"
    STARTS = "starts"
    ENDS = "ends"
    MATCHES = "matches"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"


@dataclass(frozen=True, slots=True)
class Term:
    """
    One field compared with some values, at least one of which must match.

    A packet may have several values of a field; one that satisfies the comparison suffices.
    """

    field: str
    op: Op
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """All parts must match."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part must match."""

    parts: tuple["Expression", ...]


Expression = Term | AllOf | AnyOf
Check = Callable[[Fields], Evidence | None]


def terms(expression: Expression) -> Iterator[Term]:
    """Yield every term of an expression."""
    match expression:
        case Term():
            yield expression
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from terms(part)
        case _:
            assert_never(expression)


def compile_check(expression: Expression) -> Check:
    """
    Return a function that returns the evidence of a match, or None if there is no match.

    Raises:
        PatternError: a pattern is invalid or too large.
    """
    match expression:
        case Term():
            return _term(expression)
        case AllOf(parts):
            return _all_of([compile_check(part) for part in parts])
        case AnyOf(parts):
            return _any_of([compile_check(part) for part in parts])
        case _:
            assert_never(expression)


def _term(term: Term) -> Check:
    name = term.field
    matches = _comparison(term)

    def check(fields: Fields) -> Evidence | None:
        for value in fields.get(name, ()):
            if matches(value):
                return ((name, value),)
        return None

    return check


def _comparison(term: Term) -> Callable[[str], bool]:
    values = term.values
    match term.op:
        case Op.IS:
            return frozenset(values).__contains__
        case Op.IS_NOT:
            excluded = frozenset(values)
            return lambda value: value not in excluded
        case Op.CONTAINS:
            if len(values) == 1:
                needle = values[0]
                return lambda value: needle in value
            return lambda value: any(v in value for v in values)
        case Op.STARTS:
            return lambda value: value.startswith(values)
        case Op.ENDS:
            return lambda value: value.endswith(values)
        case Op.MATCHES:
            return compile_patterns(values)
        case Op.AT_LEAST:
            least = min(map(int, values))
            return lambda value: int(value) >= least
        case Op.AT_MOST:
            most = max(map(int, values))
            return lambda value: int(value) <= most
        case _:
            assert_never(term.op)


def _all_of(checks: list[Check]) -> Check:
    def check(fields: Fields) -> Evidence | None:
        evidence: Evidence = ()
        for part in checks:
            found = part(fields)
            if found is None:
                return None
            evidence += found
        return evidence

    return check


def _any_of(checks: list[Check]) -> Check:
    def check(fields: Fields) -> Evidence | None:
        for part in checks:
            found = part(fields)
            if found is not None:
                return found
        return None

    return check
