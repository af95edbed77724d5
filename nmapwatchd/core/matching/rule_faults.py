"""Faults: rules that raised an error while an observation was matched."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# Errors of one rule after which it is disabled: until then, an error may depend on the packet.
MAXIMUM_ERRORS = 100


@dataclass(slots=True)
class RuleFaults:
    """
    The errors of a catalogue's rules; there are as many entries as rules that failed.

    Args:
        count: all errors.
        disabled: the ids of rules that are not evaluated any more.
    """

    count: int = 0
    disabled: set[str] = field(default_factory=set)
    _errors: dict[str, int] = field(default_factory=dict)
    _unreported: dict[str, str] = field(default_factory=dict)

    def record(self, rule: str, error: Exception) -> None:
        """
        Record an error.

        Args:
            rule: the rule's id; of an error that concerns a whole matcher, the matcher's name.
            error: what was raised.
        """
        self.count += 1
        errors = self._errors[rule] = self._errors.get(rule, 0) + 1
        if errors == 1:
            self._unreported[rule] = f"{type(error).__name__}: {error}"
        if errors >= MAXIMUM_ERRORS:
            self.disabled.add(rule)

    def take_unreported(self) -> Mapping[str, str]:
        """Return the first error of each rule that failed since the last call, by the rule's id."""
        taken, self._unreported = self._unreported, {}
        return taken
