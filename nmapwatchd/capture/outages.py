"""Report when an interface is not captured any more, and when it is again."""

import time
from collections.abc import Callable

Reporter = Callable[[str, str], None]


class Outages:
    """
    Outages of one interface.

    Args:
        interface: its name.
        on_blind: called with the interface and the reason, once an outage.
        on_recovered: called with the interface, and the duration and reason of the outage that is
            over.
        clock: seconds of the monotonic clock.
    """

    def __init__(
        self,
        interface: str,
        on_blind: Reporter,
        on_recovered: Reporter,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._interface, self._on_blind, self._on_recovered = interface, on_blind, on_recovered
        self._clock = clock
        self._began_at = 0.0
        self._is_unreported = False
        self.is_capturing = False
        self.count = 0
        self.last_reason = ""

    def start(self, reason: str = "") -> None:
        """
        Record whether the interface is captured at first, without a report.

        Args:
            reason: why it is not; empty if it is.
        """
        self.is_capturing = True
        if reason:
            self._begin(reason)
            self._is_unreported = True

    def report_start(self) -> None:
        """Report that the interface was not captured at first, once."""
        if self._is_unreported:
            self._is_unreported = False
            self._on_blind(self._interface, self.last_reason)

    def begin(self, reason: str) -> None:
        """Report that the interface is not captured; ignored during an outage."""
        if self.is_capturing:
            self._begin(reason)
            self._on_blind(self._interface, reason)

    def _begin(self, reason: str) -> None:
        self.is_capturing, self.last_reason = False, reason
        self._began_at = self._clock()
        self.count += 1

    def end(self) -> None:
        """Report that the interface is captured again."""
        self.is_capturing = True
        seconds = self._clock() - self._began_at
        self._on_recovered(self._interface, f"was blind for {seconds:.0f} s ({self.last_reason})")
