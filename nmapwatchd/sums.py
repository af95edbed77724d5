"""Sums of what all watches have counted, those that are gone included."""

from collections.abc import Iterable
from typing import Protocol

from nmapwatchd.capture.front import Counts
from nmapwatchd.core.tally import Tally


class Counted(Protocol):
    """What counts for as long as it is open: a watch."""

    @property
    def counts(self) -> Counts:
        """Frames let through and lost by the kernel."""

    @property
    def undecodable(self) -> int:
        """Candidates that could not be read."""

    @property
    def passed_over(self) -> int:
        """Candidates that were not looked at."""


class Sums:
    """Adds up what watches count; what one has counted stays when it is gone."""

    def __init__(self) -> None:
        self._gone = Tally()

    def keep(self, gone: Counted) -> None:
        """Remember what a watch has counted that is open no more."""
        self.write(self._gone, [gone])

    def write(self, tally: Tally, watches: Iterable[Counted]) -> None:
        """Write the sums to a tally."""
        counted = list(watches)
        gone = self._gone
        tally.frames = gone.frames + sum(w.counts.frames for w in counted)
        tally.kernel_drops = gone.kernel_drops + sum(w.counts.dropped for w in counted)
        tally.undecodable = gone.undecodable + sum(w.undecodable for w in counted)
        tally.passed_over = gone.passed_over + sum(w.passed_over for w in counted)
