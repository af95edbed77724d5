"""Measure how long frames wait in the kernel's buffer until they are read."""

from collections.abc import Callable

SECOND = 1_000_000_000  # nanoseconds


class BufferDelay:
    """
    Delay of the next frame in the kernel's buffer.

    Args:
        clock: nanoseconds since the epoch, the clock of frame timestamps.
        monotonic: nanoseconds of a clock that is never set.
    """

    def __init__(self, clock: Callable[[], int], monotonic: Callable[[], int]) -> None:
        self._clock, self._monotonic = clock, monotonic
        self._last_delay = 0
        self._measured_at = monotonic()

    def of(self, captured_at: int) -> int:
        """
        Return the nanoseconds that a frame has waited, given its timestamp.

        The delay grows by no more than the time since the last call, even if the clock was set
        meanwhile.
        """
        now = self._monotonic()
        maximum = self._last_delay + now - self._measured_at
        self._last_delay = min(maximum, max(0, self._clock() - captured_at))
        self._measured_at = now
        return self._last_delay
