"""CaptureTotals of what all supervisors have counted, those that are gone included."""

from collections.abc import Iterable
from typing import Protocol

from nmapwatchd.capture.stats import CaptureStats
from nmapwatchd.core.counters import Counters


class Counted(Protocol):
    """What counts for as long as it is open: a watch."""

    @property
    def counts(self) -> CaptureStats:
        """What became of frames."""


class CaptureTotals:
    """Adds up what supervisors count; what one has counted stays when it is gone."""

    def __init__(self) -> None:
        self._gone = CaptureStats()

    def keep(self, gone: Counted) -> None:
        """Remember what a watch has counted that is open no more."""
        self._gone += gone.counts

    def write(self, counters: Counters, supervisors: Iterable[Counted]) -> None:
        """Write the sums to a counters."""
        counts = sum((watch.counts for watch in supervisors), self._gone)
        counters.frames, counters.kernel_drops = counts.frames, counts.dropped
        counters.undecodable, counters.shed = counts.undecodable, counts.shed
        counters.lost_at_handover = counts.lost_at_handover
