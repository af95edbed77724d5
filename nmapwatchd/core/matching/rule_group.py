"""A page is what is left of a matcher's signatures for payloads of one first byte."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nmapwatchd.core.matching.expression import Check
from nmapwatchd.core.matching.index import Index
from nmapwatchd.core.matching.matcher import LocatedField, Matcher, Opening
from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.core.observation import Fields, Observation
from nmapwatchd.core.sighting import Sighting

Row = tuple[Signature, Check]


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """
    Some rows of a matcher, found by what they want.

    Args:
        matcher: what reads.
        rows: what is looked for, each with its expression, compiled.
        index: finds the rows that can hold.
        openings: how the messages begin that are read; none where every message is.
        asked: of what is located, by which rows are found.
        rest: what else is located.
    """

    matcher: Matcher
    rows: tuple[Row, ...]
    index: Index
    openings: tuple[Opening, ...]
    asked: tuple[LocatedField, ...]
    rest: tuple[LocatedField, ...]

    @classmethod
    def of(cls, matcher: Matcher, rows: Iterable[Row], openings: Iterable[Opening]) -> "RuleGroup":
        """Return the page of some rows, for messages that open in one of some ways."""
        rows = tuple(rows)
        index = Index.of([row.match for row, _ in rows])
        names = index.fields
        asked = tuple(located for located in matcher.located if located[0] in names)
        rest = tuple(located for located in matcher.located if located[0] not in names)
        return cls(matcher, rows, index, tuple(openings), asked, rest)

    def name(self, observation: Observation, common: Fields) -> Iterable[Sighting]:
        """Return what an observation shows; `common` are its common fields."""
        matcher = self.matcher
        fields = matcher.own_fields(observation, common)
        if self.asked:
            fields = {**fields, **matcher.located_fields(observation, self.asked)}
        numbers = self.index.possible(fields)
        if not numbers:
            return ()
        fields = {**fields, **matcher.located_fields(observation, self.rest)}
        return self._holding(numbers, observation, fields)

    def _holding(
        self, numbers: Iterable[int], observation: Observation, fields: Fields
    ) -> Iterator[Sighting]:
        for number in numbers:
            row, check = self.rows[number]
            evidence = check(fields)
            if evidence is not None:
                yield Sighting(row, observation, evidence, fields)
