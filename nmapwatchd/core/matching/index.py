"""An index finds the few signatures that some fields leave possible, without asking each."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from nmapwatchd.core.matching.expression import AllOf, AnyOf, Expression, Op, Term
from nmapwatchd.core.observation import Fields

# Characters of the beginnings by which values are looked up: one lookup for each length that some
# row needs.
_LENGTHS = (8, 4, 2, 1)
# Characters of a value that few other messages have in the same field.
_TELLING = 4


@dataclass(frozen=True, slots=True)
class Key:
    """
    What a row wants of a field.

    Args:
        op: how a value is compared: `is`, `starts` or `contains`.
        field: the field's name.
        value: what it is compared with; of a beginning, as many characters as are looked up.
    """

    op: Op
    field: str
    value: str


Keys = frozenset[Key]
Rows = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """
    Rows by what one of their terms wants; numbers stand for rows.

    Args:
        exact: by field, then by value.
        heads: by field and length, then by how a value begins.
        within: by field; those that want something somewhere in it, and a pattern of all of that.
        others: those that nothing rules out, in order.
    """

    exact: tuple[tuple[str, Mapping[str, Rows]], ...]
    heads: tuple[tuple[str, int, Mapping[str, Rows]], ...]
    within: tuple[tuple[str, re.Pattern[str], Rows], ...]
    others: Rows

    @classmethod
    def of(cls, expressions: Sequence[Expression]) -> "Index":
        """Return the index of some rows' expressions."""
        common = Counter(key for expression in expressions for key in _mentioned(expression))
        rows: dict[Key, list[int]] = {}
        others = []
        for number, expression in enumerate(expressions):
            keys = _wanted(expression, common)
            for key in keys or ():
                rows.setdefault(key, []).append(number)
            if keys is None:
                others.append(number)
        exact: dict[str, dict[str, Rows]] = {}
        heads: dict[tuple[str, int], dict[str, Rows]] = {}
        within: dict[str, dict[str, Rows]] = {}
        for key, numbers in rows.items():
            match key.op:
                case Op.IS:
                    table = exact.setdefault(key.field, {})
                case Op.STARTS:
                    table = heads.setdefault((key.field, len(key.value)), {})
                case _:
                    table = within.setdefault(key.field, {})
            table[key.value] = tuple(numbers)
        return cls(
            tuple(exact.items()),
            tuple((name, length, table) for (name, length), table in heads.items()),
            tuple(
                (name, _pattern(table), sum(table.values(), ())) for name, table in within.items()
            ),
            tuple(others),
        )

    @property
    def fields(self) -> frozenset[str]:
        """The fields by which rows are found."""
        return frozenset(
            (
                *(name for name, _ in self.exact),
                *(name for name, _, _ in self.heads),
                *(name for name, _, _ in self.within),
            )
        )

    def possible(self, fields: Fields) -> Sequence[int]:
        """Return the rows that can hold, in order; no other can."""
        found: list[int] = []
        for name, table in self.exact:
            for value in fields.get(name, ()):
                if value in table:
                    found += table[value]
        for name, length, table in self.heads:
            for value in fields.get(name, ()):
                head = value[:length]
                if head in table:
                    found += table[head]
        for name, pattern, rows in self.within:
            for value in fields.get(name, ()):
                if pattern.search(value):
                    found += rows
                    break
        return sorted({*found, *self.others}) if found else self.others


def _wanted(expression: Expression, common: Mapping[Key, int]) -> Keys | None:
    """Return keys of which one must be there for an expression to hold, or None."""
    match expression:
        case Term():
            return _keys(expression)
        case AllOf(parts):
            told = [keys for part in parts if (keys := _wanted(part, common)) is not None]
            return min(told, key=lambda keys: _cost(keys, common), default=None)
        case AnyOf(parts):
            every: set[Key] = set()
            for part in parts:
                keys = _wanted(part, common)
                if keys is None:
                    return None
                every |= keys
            return frozenset(every)
        case _:
            assert_never(expression)


def _cost(keys: Keys, common: Mapping[Key, int]) -> tuple[bool, bool, int, int]:
    """Return how much keys let through: short values the most, then parts, then what rows share."""
    shortest = min(len(key.value) for key in keys)
    parts = any(key.op is Op.CONTAINS for key in keys)
    return shortest < _TELLING, parts, -shortest, sum(common[key] for key in keys)


def _keys(term: Term) -> Keys | None:
    match term.op:
        case Op.IS | Op.CONTAINS:
            return frozenset(Key(term.op, term.field, value) for value in term.values)
        case Op.STARTS:
            shortest = min(map(len, term.values))
            length = next((length for length in _LENGTHS if length <= shortest), 0)
            if not length:
                return None
            return frozenset(Key(term.op, term.field, value[:length]) for value in term.values)
        case _:
            return None


def _mentioned(expression: Expression) -> Iterator[Key]:
    match expression:
        case Term():
            yield from _keys(expression) or ()
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _mentioned(part)
        case _:
            assert_never(expression)


def _pattern(literals: Mapping[str, Rows]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, literals)))
