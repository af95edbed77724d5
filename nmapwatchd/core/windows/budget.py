"""Limit how many scans are opened, in packet time."""

from nmapwatchd.core.units import SECOND

_MINUTE = 60 * SECOND


class OpeningBudget:
    """
    So many scans may open in a minute, at once or one by one; beyond that, it is a flood.

    Those that are refused count as well, up to a minute's worth: while they keep coming none opens,
    rather than some that the flood picks.
    """

    def __init__(self) -> None:
        # Packet time at which everything that was counted is past.
        self._clear_at = 0

    def take(self, at: int, per_minute: int) -> bool:
        """
        Count a scan; return whether it may open.

        Args:
            at: packet time, nanoseconds since the epoch.
            per_minute: how many may open in a minute, at least 1.
        """
        counted = max(self._clear_at, at) + _MINUTE // per_minute
        self._clear_at = min(counted, at + 2 * _MINUTE)
        return counted - at <= _MINUTE

    def rewind(self, now: int) -> None:
        """Forget what was counted after packet time `now`, because the clock was set back to it."""
        self._clear_at = min(self._clear_at, now)
