"""Shed sources that flood: drop their frames on every interface for some seconds."""

import time
from collections.abc import Callable, Mapping

from nmapwatchd.capture.supervisor import InterfaceSupervisor
from nmapwatchd.core.shedding import Shedding

# Minimum seconds between two reports.
REPORT_SECONDS = 60.0


class FloodControl:
    """
    Sheds sources that exceed the rate limit.

    It acts on what tshark reads, the capture process's only output so far: the candidates counted
    are that output's, and its kernel filter drops the frames.

    Args:
        supervisors: of all interfaces, by name.
        report: called with a message, once in `REPORT_SECONDS` at most.
    """

    def __init__(
        self, supervisors: Mapping[str, InterfaceSupervisor], report: Callable[[str], None]
    ) -> None:
        self._supervisors, self._report = supervisors, report
        self._shedding = Shedding()
        self._reported_at = float("-inf")

    def observe(self, source: str, at: int) -> None:
        """Count a candidate of a source at a packet time, in nanoseconds; shed a flood."""
        if self._shedding.count(source, at):
            self.shed(source, at)

    def shed(self, source: str, at: int) -> None:
        """Shed a source from a packet time on; report it, but not each time."""
        if not self._shedding.shed(source, at):
            return
        self._apply()
        if time.monotonic() - self._reported_at >= REPORT_SECONDS:
            self._reported_at = time.monotonic()
            self._report(f"shedding flood from {source}")

    def expire(self, now: int) -> None:
        """Stop shedding sources whose time is over at packet time `now`."""
        if self._shedding.expire(now):
            self._apply()

    def rewind(self, now: int) -> None:
        """Stop shedding all sources, because the clock was set back to `now`."""
        self._shedding.rewind(now)
        self.expire(now)

    def _apply(self) -> None:
        for supervisor in self._supervisors.values():
            supervisor.shed(self._shedding.sources)
