"""Select the rule groups that read a payload, by the bytes that their messages start with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nmapwatchd.core.matching.matcher import Opening
from nmapwatchd.core.matching.rule_group import RuleGroup

# Numbers of rule groups, each with one of its openings.
_Openings = tuple[tuple[int, Opening], ...]


@dataclass(frozen=True, slots=True)
class DispatchTable:
    """
    The rule groups for one transport and first payload byte.

    Args:
        groups: all of them, in matcher order.
        always: the numbers of those without openings; they read every payload.
        lookups: slices of the payload, start and end, with the openings by the bytes there.
    """

    groups: tuple[RuleGroup, ...]
    always: tuple[int, ...]
    lookups: tuple[tuple[int, int, Mapping[bytes, _Openings]], ...]

    @classmethod
    def of(cls, groups: Sequence[RuleGroup]) -> "DispatchTable":
        """Return the table of some rule groups; an opening is looked up by its longest test."""
        lookups: dict[tuple[int, int], dict[bytes, _Openings]] = {}
        for number, group in enumerate(groups):
            for opening in group.openings:
                offset, value = max(opening.tests, key=lambda test: len(test[1]))
                table = lookups.setdefault((offset, offset + len(value)), {})
                table[value] = (*table.get(value, ()), (number, opening))
        return cls(
            tuple(groups),
            tuple(number for number, group in enumerate(groups) if not group.openings),
            tuple((start, end, table) for (start, end), table in lookups.items()),
        )

    def groups_for(self, payload: bytes) -> list[RuleGroup]:
        """Return the rule groups that read a payload, in order."""
        numbers = set(self.always)
        for start, end, table in self.lookups:
            for number, opening in table.get(payload[start:end], ()):
                if opening.accepts(payload):
                    numbers.add(number)
        return [self.groups[number] for number in sorted(numbers)]
