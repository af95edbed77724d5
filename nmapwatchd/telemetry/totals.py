"""Totals of what the supervisors of all interfaces have counted, removed interfaces included."""

from collections.abc import Iterable
from typing import Protocol

from nmapwatchd.capture.stats import CaptureStats
from nmapwatchd.core.counters import Counters


class Counted(Protocol):
    """An interface supervisor, or a stand-in for one."""

    @property
    def counts(self) -> CaptureStats:
        """What became of the interface's frames."""


class CaptureTotals:
    """Adds up the statistics of open supervisors and of those that have been closed."""

    def __init__(self) -> None:
        self._closed = CaptureStats()

    def add_closed(self, supervisor: Counted) -> None:
        """Keep the statistics of a supervisor that is removed."""
        self._closed += supervisor.counts

    def update(self, counters: Counters, supervisors: Iterable[Counted]) -> None:
        """
        Set the counters of capture to the totals.

        Args:
            counters: the counters to set.
            supervisors: those that are open.
        """
        total = sum((supervisor.counts for supervisor in supervisors), self._closed)
        counters.kernel_drops = total.dropped
        # The kernel's count arrives four times a second: what has been read since is more.
        counters.frames = max(total.frames, counters.candidates + total.shed + total.dropped)
        counters.undecodable, counters.shed = total.undecodable, total.shed
        counters.lost_at_handover = total.lost_at_handover
