"""Packet time between packets, and steps of the system clock."""

from collections.abc import Callable

from nmapwatchd.core.units import SECOND

# Nanoseconds. A clock that is set differs by more; one that is slewed differs by less in a second.
MINIMUM_STEP = 500_000_000


class PacketClock:
    """
    Packet time, also on an idle network: the last packet's time plus the time elapsed since.

    A step of the system clock takes effect with the next packet.

    Args:
        monotonic: seconds of a clock that is never set.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._last: tuple[int, float] | None = None

    def set(self, at: int) -> None:
        """Set the clock to a packet's time, nanoseconds since the epoch."""
        self._last = (at, self._monotonic())

    def now(self) -> int | None:
        """Return packet time in nanoseconds since the epoch, or None before the first packet."""
        if self._last is None:
            return None
        at, set_at = self._last
        return at + int((self._monotonic() - set_at) * SECOND)


class ClockStepDetector:
    """
    Detects that the system clock was set back.

    Args:
        clock: nanoseconds since the epoch.
        monotonic: nanoseconds of a clock that is never set.
    """

    def __init__(self, clock: Callable[[], int], monotonic: Callable[[], int]) -> None:
        self._clock, self._monotonic = clock, monotonic
        self._offset = clock() - monotonic()

    def step_back(self) -> float:
        """Return by how many seconds the clock was set back since the last call, or 0.0."""
        offset = self._clock() - self._monotonic()
        step = offset - self._offset
        self._offset = offset
        return -step / SECOND if step < -MINIMUM_STEP else 0.0
