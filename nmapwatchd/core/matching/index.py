"""Index signatures by the field values they require."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from nmapwatchd.core.matching.expression import AllOf, AnyOf, Expression, Op, Term
from nmapwatchd.core.observation import Fields

# Lengths of the prefixes by which values are looked up, longest first: each length that some
# expression uses costs one lookup per value.
_PREFIX_LENGTHS = (8, 4, 2, 1)
# Characters from which on a value is distinctive: few other messages have it in the same field.
_DISTINCTIVE = 4


@dataclass(frozen=True, slots=True)
class Key:
    """
    A value that an expression requires of a field.

    Args:
        op: the comparison: `is`, `starts` or `contains`.
        field: the field's name.
        value: the value; for `starts`, its prefix of a length in `_PREFIX_LENGTHS`.
    """

    op: Op
    field: str
    value: str


Keys = frozenset[Key]
Numbers = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """
    Expressions by the values that one of their terms requires, each known by its number.

    Args:
        exact: by field, then by value.
        prefixes: by field and prefix length, then by prefix.
        substrings: by field: a pattern of all required substrings, and the numbers.
        unindexed: expressions that are always evaluated, in order.
    """

    exact: tuple[tuple[str, Mapping[str, Numbers]], ...]
    prefixes: tuple[tuple[str, int, Mapping[str, Numbers]], ...]
    substrings: tuple[tuple[str, re.Pattern[str], Numbers], ...]
    unindexed: Numbers

    @classmethod
    def of(cls, expressions: Sequence[Expression]) -> "Index":
        """Return the index of some expressions."""
        common = Counter(key for expression in expressions for key in _all_keys(expression))
        numbers_by_key: dict[Key, list[int]] = {}
        unindexed = []
        for number, expression in enumerate(expressions):
            keys = _required(expression, common)
            for key in keys or ():
                numbers_by_key.setdefault(key, []).append(number)
            if keys is None:
                unindexed.append(number)
        exact: dict[str, dict[str, Numbers]] = {}
        prefixes: dict[tuple[str, int], dict[str, Numbers]] = {}
        substrings: dict[str, dict[str, Numbers]] = {}
        for key, numbers in numbers_by_key.items():
            match key.op:
                case Op.IS:
                    table = exact.setdefault(key.field, {})
                case Op.STARTS:
                    table = prefixes.setdefault((key.field, len(key.value)), {})
                case _:
                    table = substrings.setdefault(key.field, {})
            table[key.value] = tuple(numbers)
        return cls(
            tuple(exact.items()),
            tuple((name, length, table) for (name, length), table in prefixes.items()),
            tuple(
                (name, _pattern(table), sum(table.values(), ()))
                for name, table in substrings.items()
            ),
            tuple(unindexed),
        )

    @property
    def fields(self) -> frozenset[str]:
        """The fields by which expressions are indexed."""
        return frozenset(
            (
                *(name for name, _ in self.exact),
                *(name for name, _, _ in self.prefixes),
                *(name for name, _, _ in self.substrings),
            )
        )

    def candidates(self, fields: Fields) -> Sequence[int]:
        """Return the numbers of the expressions that can match, in order; no other one can."""
        found: list[int] = []
        for name, table in self.exact:
            for value in fields.get(name, ()):
                if value in table:
                    found += table[value]
        for name, length, table in self.prefixes:
            for value in fields.get(name, ()):
                prefix = value[:length]
                if prefix in table:
                    found += table[prefix]
        for name, pattern, numbers in self.substrings:
            for value in fields.get(name, ()):
                if pattern.search(value):
                    found += numbers
                    break
        return sorted({*found, *self.unindexed}) if found else self.unindexed


def _required(expression: Expression, common: Mapping[Key, int]) -> Keys | None:
    """Return keys at least one of which every match satisfies; None if there are none."""
    match expression:
        case Term():
            return _keys(expression)
        case AllOf(parts):
            options = [keys for part in parts if (keys := _required(part, common)) is not None]
            return min(options, key=lambda keys: _cost(keys, common), default=None)
        case AnyOf(parts):
            every: set[Key] = set()
            for part in parts:
                keys = _required(part, common)
                if keys is None:
                    return None
                every |= keys
            return frozenset(every)
        case _:
            assert_never(expression)


def _cost(keys: Keys, common: Mapping[Key, int]) -> tuple[bool, bool, int, int]:
    """Rank keys by how many values satisfy them: short ones, substrings, and common ones last."""
    shortest = min(len(key.value) for key in keys)
    has_substring = any(key.op is Op.CONTAINS for key in keys)
    return shortest < _DISTINCTIVE, has_substring, -shortest, sum(common[key] for key in keys)


def _keys(term: Term) -> Keys | None:
    match term.op:
        case Op.IS | Op.CONTAINS:
            return frozenset(Key(term.op, term.field, value) for value in term.values)
        case Op.STARTS:
            shortest = min(map(len, term.values))
            length = next((length for length in _PREFIX_LENGTHS if length <= shortest), 0)
            if not length:
                return None
            return frozenset(Key(term.op, term.field, value[:length]) for value in term.values)
        case _:
            return None


def _all_keys(expression: Expression) -> Iterator[Key]:
    match expression:
        case Term():
            yield from _keys(expression) or ()
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _all_keys(part)
        case _:
            assert_never(expression)


def _pattern(literals: Mapping[str, Numbers]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, literals)))
