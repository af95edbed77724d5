"""Detectors: turn observations into sightings."""

from collections.abc import Sequence
from typing import Protocol

from nmapwatchd.core.observation import Observation
from nmapwatchd.core.sighting import Sighting


class Detector(Protocol):
    """Recognises scanners; it may keep state from one observation to the next."""

    @property
    def evictions(self) -> int:
        """Entries evicted from its tables while they could still have become a sighting."""

    def observe(self, observation: Observation) -> Sequence[Sighting]:
        """Return the sightings in an observation."""

    def rewind(self, now: int) -> None:
        """Drop state from after packet time `now`, because the clock was set back to it."""
