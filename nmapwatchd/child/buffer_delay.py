"""For how long frames wait in the kernel's buffer until they are read."""

from collections.abc import Callable

SECOND = 1_000_000_000  # nanoseconds


class BufferDelay:
    """
    For how long the frame that is next has waited.

    Args:
        clock: nanoseconds since the epoch, as frames are stamped.
        monotonic: nanoseconds of a clock that is never set.
    """

    def __init__(self, clock: Callable[[], int], monotonic: Callable[[], int]) -> None:
        self._clock, self._monotonic = clock, monotonic
        self._before = 0  # when it was asked last
        self._asked_at = monotonic()

    def of(self, captured_at: int) -> int:
        """
        Return the nanoseconds for which a frame has waited that was captured at a moment.

        That cannot grow by more than has passed, whatever a clock says that was set meanwhile.
        """
        now = self._monotonic()
        most = self._before + now - self._asked_at
        self._before = min(most, max(0, self._clock() - captured_at))
        self._asked_at = now
        return self._before
