"""Limit how many scans are opened, in packet time."""

from nmapwatchd.core.units import SECOND


class OpeningBudget:
    """
    So many scans may open at once, and so many more each second; beyond that, it is a flood.

    Those that are refused count as well, up to another burst: while they keep coming none opens,
    rather than some that the flood picks.

    Args:
        burst: scans at once, at least 1.
        per_second: further ones in each second, at least 1.
    """

    def __init__(self, burst: int, per_second: int) -> None:
        self._interval = SECOND // per_second
        self._burst = burst * self._interval
        # Packet time at which everything that was counted is past.
        self._clear_at = 0

    def take(self, at: int) -> bool:
        """Count a scan at a packet time, in nanoseconds; return whether it may open."""
        counted = max(self._clear_at, at) + self._interval
        self._clear_at = min(counted, at + 2 * self._burst)
        return counted - at <= self._burst

    def rewind(self, now: int) -> None:
        """Forget what was counted after packet time `now`, because the clock was set back to it."""
        self._clear_at = min(self._clear_at, now)
