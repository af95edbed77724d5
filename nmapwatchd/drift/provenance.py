"""Search Lua files for a signature's literals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from nmapwatchd.core.matching.expression import AllOf, AnyOf, Expression, Op, Term
from nmapwatchd.core.matching.matcher import COMMON_FIELDS, Kind, Matcher
from nmapwatchd.drift.lua import Source

# A value that a script concatenates is found by its longest part, of at least so many bytes ...
MINIMUM_PART = 4
# ... and at least this fraction of the value (a third).
PART_OF_VALUE = 3
# Numbers from here on are rare enough in a script to be searched for.
RARE_NUMBER = 0x100

# Fields whose values no script contains.
_NOT_IN_LUA = frozenset(COMMON_FIELDS) - {"payload"}


@dataclass(frozen=True, slots=True)
class Occurrences:
    """
    The literals of a signature.

    Args:
        present: found in its files.
        partial: parts found of others.
        absent: not found.
    """

    present: tuple[str, ...] = ()
    partial: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    def __add__(self, other: "Occurrences") -> "Occurrences":
        return Occurrences(
            self.present + other.present,
            self.partial + other.partial,
            self.absent + other.absent,
        )

    @property
    def count(self) -> int:
        """Literals found, whole or in part."""
        return len(self.present) + len(self.partial)


def find_strings(strings: Sequence[str], sources: Sequence[Source]) -> Occurrences:
    """Search for strings in the literals or else the code of some files."""
    found = Occurrences()
    for text in strings:
        raw = text.encode("latin-1")
        if any(raw in source.code or source.contains(raw) for source in sources):
            found += Occurrences(present=(text,))
        else:
            found += Occurrences(absent=(text,))
    return found


def find_values(expression: Expression, matcher: Matcher, sources: Sequence[Source]) -> Occurrences:
    """Search for the values of an expression; of alternatives, the best one counts."""
    match expression:
        case Term():
            return _term(expression, matcher, sources)
        case AllOf(parts):
            return sum((find_values(part, matcher, sources) for part in parts), Occurrences())
        case AnyOf(parts):
            branches = [find_values(part, matcher, sources) for part in parts]
            return max(branches, key=lambda o: (-len(o.absent), len(o.present), len(o.partial)))
        case _:
            assert_never(expression)


def _term(term: Term, matcher: Matcher, sources: Sequence[Source]) -> Occurrences:
    """Search for a term's values; a term that no file can contain, such as a port, has none."""
    field = matcher.field_named(term.field)
    if field is None or term.field in _NOT_IN_LUA or field.tshark:
        return Occurrences()
    if term.op in (Op.MATCHES, Op.IS_NOT):
        return Occurrences()
    if field.kind is Kind.NUMBER:
        return _number(term, sources)
    values = [value for value in term.values if len(value) > 1]
    for value in values:
        raw = value.encode("latin-1", "replace")
        if any(source.contains(raw) for source in sources):
            return Occurrences(present=(value,))
    for value in values:
        part = _longest_part(value.encode("latin-1", "replace"), sources)
        if part:
            return Occurrences(partial=(part.decode("latin-1"),))
    # A value that the matcher derives need not occur literally.
    if not values or not (field.encoding or term.field == "payload"):
        return Occurrences()
    return Occurrences(absent=(values[0],))


def _number(term: Term, sources: Sequence[Source]) -> Occurrences:
    """Search for a rare number among the numerals; a missing one may be written differently."""
    if term.op is not Op.IS:
        return Occurrences()
    for value in term.values:
        if int(value) >= RARE_NUMBER and any(int(value) in source.numbers for source in sources):
            return Occurrences(present=(hex(int(value)),))
    return Occurrences()


def _longest_part(value: bytes, sources: Sequence[Source]) -> bytes:
    """Return the longest literal that is part of a value, or nothing if it is too short."""
    enough = max(MINIMUM_PART, -(-len(value) // PART_OF_VALUE))
    parts = (
        literal.value
        for source in sources
        for literal in source.literals
        if enough <= len(literal.value) <= len(value) and literal.value in value
    )
    return max(parts, key=len, default=b"")
