"""A shelf holds the pages for payloads of one first byte, and finds those that a payload opens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nmapwatchd.core.matching.matcher import Opening
from nmapwatchd.core.matching.rule_group import RuleGroup

# Numbers of pages, each with one of its openings.
_Ways = tuple[tuple[int, Opening], ...]


@dataclass(frozen=True, slots=True)
class DispatchTable:
    """
    Some pages, in order.

    Args:
        pages: all of them.
        always: the numbers of those that read every message.
        places: where in a payload to look, from and to, and which openings want the bytes there.
    """

    pages: tuple[RuleGroup, ...]
    always: tuple[int, ...]
    places: tuple[tuple[int, int, Mapping[bytes, _Ways]], ...]

    @classmethod
    def of(cls, pages: Sequence[RuleGroup]) -> "DispatchTable":
        """Return a shelf of some pages; an opening is found by the longest of its tests."""
        found: dict[tuple[int, int], dict[bytes, _Ways]] = {}
        for number, page in enumerate(pages):
            for opening in page.openings:
                offset, value = max(opening.tests, key=lambda test: len(test[1]))
                table = found.setdefault((offset, offset + len(value)), {})
                table[value] = (*table.get(value, ()), (number, opening))
        return cls(
            tuple(pages),
            tuple(number for number, page in enumerate(pages) if not page.openings),
            tuple((start, end, table) for (start, end), table in found.items()),
        )

    def opened(self, payload: bytes) -> list[RuleGroup]:
        """Return the pages that read a payload, in order."""
        numbers = set(self.always)
        for start, end, table in self.places:
            for number, opening in table.get(payload[start:end], ()):
                if opening.accepts(payload):
                    numbers.add(number)
        return [self.pages[number] for number in sorted(numbers)]
