"""Tells which of a signature's literals stand in files of Lua."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from nmapwatchd.core.matching.expression import AllOf, AnyOf, Expression, Op, Term
from nmapwatchd.core.matching.matcher import COMMON_FIELDS, Kind, Matcher
from nmapwatchd.drift.lua import Source

# A value that a script builds from pieces is known by its longest piece, if that is so long ...
MINIMUM_PART = 4
# ... and at least this part of the value.
PART_OF_VALUE = 3
# Numbers from here on are rare enough in a script to be looked for.
RARE_NUMBER = 0x100

_ELSEWHERE = frozenset(COMMON_FIELDS) - {"payload"}


@dataclass(frozen=True, slots=True)
class Traces:
    """What of a signature stands in its files, in what pieces, and what does not."""

    there: tuple[str, ...] = ()
    in_part: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    def __add__(self, other: "Traces") -> "Traces":
        return Traces(
            self.there + other.there, self.in_part + other.in_part, self.absent + other.absent
        )

    @property
    def found(self) -> int:
        """How much stands there, whole or in part."""
        return len(self.there) + len(self.in_part)


def traces_of_words(words: Sequence[str], sources: Sequence[Source]) -> Traces:
    """Look for strings that must stand in a file: in its literals, or else in its code."""
    traces = Traces()
    for word in words:
        raw = word.encode("latin-1")
        stands = any(raw in source.code or source.holds(raw) for source in sources)
        traces += Traces(there=(word,)) if stands else Traces(absent=(word,))
    return traces


def traces_of(expression: Expression, matcher: Matcher, sources: Sequence[Source]) -> Traces:
    """Look for the values that an expression names; of alternatives the best one counts."""
    match expression:
        case Term():
            return _term(expression, matcher, sources)
        case AllOf(parts):
            return sum((traces_of(part, matcher, sources) for part in parts), Traces())
        case AnyOf(parts):
            branches = [traces_of(part, matcher, sources) for part in parts]
            return max(branches, key=lambda t: (-len(t.absent), len(t.there), len(t.in_part)))
        case _:
            assert_never(expression)


def _term(term: Term, matcher: Matcher, sources: Sequence[Source]) -> Traces:
    """Look for one term; what no file can tell, such as a port, gives nothing."""
    field = matcher.field_named(term.field)
    if field is None or term.field in _ELSEWHERE or field.tshark or term.op is Op.MATCHES:
        return Traces()
    if field.kind is Kind.NUMBER:
        return _number(term, sources)
    values = [value for value in term.values if len(value) > 1]
    for value in values:
        raw = value.encode("latin-1", "replace")
        if any(source.holds(raw) for source in sources):
            return Traces(there=(value,))
    for value in values:
        part = _longest_part(value.encode("latin-1", "replace"), sources)
        if part:
            return Traces(in_part=(part.decode("latin-1"),))
    # A field that the matcher derives need not stand anywhere letter for letter.
    if not values or not (field.encoding or term.field == "payload"):
        return Traces()
    return Traces(absent=(values[0],))


def _number(term: Term, sources: Sequence[Source]) -> Traces:
    """Look for a rare number among the numerals; it may as well be written in other ways."""
    if term.op is not Op.IS:
        return Traces()
    for value in term.values:
        if int(value) >= RARE_NUMBER and any(int(value) in source.numbers for source in sources):
            return Traces(there=(hex(int(value)),))
    return Traces()


def _longest_part(value: bytes, sources: Sequence[Source]) -> bytes:
    """Return the longest literal that stands in a value; nothing where it is too short."""
    enough = max(MINIMUM_PART, -(-len(value) // PART_OF_VALUE))
    parts = (
        literal.value
        for source in sources
        for literal in source.literals
        if enough <= len(literal.value) <= len(value) and literal.value in value
    )
    return max(parts, key=len, default=b"")
