"""A page is what is left of a matcher's signatures for payloads of one first byte."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nmapwatchd.core.expression import Check
from nmapwatchd.core.index import Index
from nmapwatchd.core.matcher import Matcher, Opening
from nmapwatchd.core.observation import Fields, Observation
from nmapwatchd.core.sighting import Sighting
from nmapwatchd.core.signature import Signature

Row = tuple[Signature, Check]


@dataclass(frozen=True, slots=True)
class Page:
    """
    Some rows of a matcher, found by what they want.

    Args:
        matcher: what reads.
        rows: what is looked for, each with its expression, compiled.
        index: finds the rows that can hold.
        openings: how the messages begin that are read; none where every message is.
    """

    matcher: Matcher
    rows: tuple[Row, ...]
    index: Index
    openings: tuple[Opening, ...]

    @classmethod
    def of(cls, matcher: Matcher, rows: Iterable[Row], openings: Iterable[Opening]) -> "Page":
        """Return the page of some rows, for messages that open in one of some ways."""
        rows = tuple(rows)
        return cls(matcher, rows, Index.of([row.match for row, _ in rows]), tuple(openings))

    def name(self, observation: Observation, common: Fields) -> Iterator[Sighting]:
        """Yield what an observation shows; `common` are its common fields."""
        fields = self.matcher.fields_of(observation, common)
        for number in self.index.possible(fields):
            row, check = self.rows[number]
            evidence = check(fields)
            if evidence is not None:
                yield Sighting(row, observation, evidence, fields)
