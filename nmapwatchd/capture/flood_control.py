"""Shed sources that overload the sensor: limit or drop their frames for some seconds."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

from nmapwatchd.capture.supervisor import InterfaceSupervisor
from nmapwatchd.core.shedding import MAXIMUM_SOURCES, Shedding

# Minimum seconds between two reports of one source.
REPORT_SECONDS = 60.0
# Sources whose last report is tracked; beyond that many in `REPORT_SECONDS`, one report says that
# there are more. The address of a flood can be forged: not every one is worth a message.
MAXIMUM_REPORTED = 2 * MAXIMUM_SOURCES


class FloodControl:
    """
    Sheds sources while the sensor receives more than it can process.

    It acts on what tshark reads, the capture process's only output so far: the candidates counted
    are that output's, and its kernel filter drops the frames.

    Args:
        supervisors: of all interfaces, by name.
        report: called with a message, at a limited rate.
    """

    def __init__(
        self, supervisors: Mapping[str, InterfaceSupervisor], report: Callable[[str], None]
    ) -> None:
        self._supervisors, self._report = supervisors, report
        self._shedding = Shedding()
        self._reported_at: OrderedDict[str, float] = OrderedDict()
        self._overflowed_at = float("-inf")

    @property
    def shed_sources(self) -> int:
        """The number of sources that are shed."""
        return len(self._shedding.sources.addresses)

    def observe(self, source: str, at: int) -> None:
        """Count a candidate of a source at a packet time, in nanoseconds; shed a flood."""
        if heaviest := self._shedding.count(source, at):
            self.shed(heaviest, at)

    def shed(self, source: str, at: int) -> None:
        """Shed a source from a packet time on; report it, but not each time."""
        if self._shedding.shed(source, at):
            self._apply()
            self._report_shed(source, time.monotonic())

    def expire(self, now: int) -> None:
        """Stop shedding sources whose time is over at packet time `now`."""
        if self._shedding.expire(now):
            self._apply()

    def rewind(self, now: int) -> None:
        """Stop shedding all sources, because the clock was set back to `now`."""
        self._shedding.rewind(now)
        self.expire(now)

    def _report_shed(self, source: str, now: float) -> None:
        reported = self._reported_at
        while reported and now - next(iter(reported.values())) >= REPORT_SECONDS:
            reported.popitem(last=False)
        if source in reported:
            return
        if len(reported) < MAXIMUM_REPORTED:
            reported[source] = now
            self._report(f"shedding flood from {source}")
        elif now - self._overflowed_at >= REPORT_SECONDS:
            self._overflowed_at = now
            self._report(f"shedding floods from more than {MAXIMUM_REPORTED} sources")

    def _apply(self) -> None:
        for supervisor in self._supervisors.values():
            supervisor.shed(self._shedding.sources)
