"""The service's attention: from whom its supervisors look away, and when they look again."""

import time
from collections.abc import Callable, Mapping

from nmapwatchd.capture.supervisor import InterfaceSupervisor
from nmapwatchd.core.shedding import Shedding

# Seconds between two reports that a source is passed over, as long as there are some.
REPORT_SECONDS = 60.0


class FloodControl:
    """
    Looks away from sources that send too much.

    Args:
        supervisors: what looks.
        say: takes a sentence, not too often.
    """

    def __init__(
        self, supervisors: Mapping[str, InterfaceSupervisor], say: Callable[[str], None]
    ) -> None:
        self._supervisors, self._say = supervisors, say
        self._shedding = Shedding()
        self._said_at = float("-inf")

    def saw(self, source: str, at: int) -> None:
        """Count a candidate at a packet time."""
        if self._shedding.count(source, at):
            self.look_away(source, at)

    def look_away(self, source: str, at: int) -> None:
        """Pass a source over from now on, and say so, but not each time."""
        if not self._shedding.shed(source, at):
            return
        self._tell_watches()
        if time.monotonic() - self._said_at >= REPORT_SECONDS:
            self._said_at = time.monotonic()
            self._say(f"{source} sends too much and is passed over")

    def look_again(self, now: int) -> None:
        """Look again at those who were passed over for long enough."""
        if self._shedding.expire(now):
            self._tell_watches()

    def rewind(self, now: int) -> None:
        """Look again at all, because the clock was set back."""
        self._shedding.rewind(now)
        self.look_again(now)

    def _tell_watches(self) -> None:
        for watch in self._supervisors.values():
            watch.shed(self._shedding.sources)
