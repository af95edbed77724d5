"""Shed sources that overload the sensor: limit or drop their frames for some seconds."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace

from nmapwatchd.capture.supervisor import InterfaceSupervisor
from nmapwatchd.core.alert import Alert
from nmapwatchd.core.attribution.caveats import Caveat
from nmapwatchd.core.outcome import Outcome
from nmapwatchd.core.shedding import MAXIMUM_SOURCES, Flood, Shedding
from nmapwatchd.core.units import SECOND

# Minimum seconds between two reports of one source.
REPORT_SECONDS = 60.0
# Reports that are tracked; beyond that many in `REPORT_SECONDS`, one report says that there are
# more. The address of a flood can be forged: not every one is worth a message.
MAXIMUM_REPORTED = 2 * MAXIMUM_SOURCES

# Called with a sentence and the interface that it concerns.
Report = Callable[[str, str], None]


class FloodControl:
    """
    Sheds sources while the sensor receives more than it can process.

    It acts on what tshark reads, the capture process's only output so far: the candidates counted
    are that output's, and its kernel filter drops the frames.

    Args:
        supervisors: of all interfaces, by name.
        report: called at a limited rate: for each source, when it is shed and when it is blocked.
    """

    def __init__(self, supervisors: Mapping[str, InterfaceSupervisor], report: Report) -> None:
        self._supervisors, self._report = supervisors, report
        self._shedding = Shedding()
        self._reported_at: OrderedDict[tuple[str, bool], float] = OrderedDict()
        self._overflowed_at = float("-inf")

    @property
    def shed_sources(self) -> int:
        """The number of sources that are shed."""
        return len(self._shedding.sources.addresses)

    def observe(self, source: str, interface: str, at: int) -> None:
        """
        Count a candidate; shed a flood.

        Args:
            source: its source.
            interface: on which it was captured.
            at: packet time, nanoseconds.
        """
        if heaviest := self._shedding.count(source, at):
            self.shed(heaviest, interface, at)

    def shed(self, source: str, interface: str, at: int, *, has_drops: bool = False) -> None:
        """
        Shed a source; report it, but not each time.

        Args:
            source: its address.
            interface: on which it floods.
            at: packet time from which on it is shed, nanoseconds.
            has_drops: whether the kernel drops frames because of it: the sensor is not well then.
        """
        if flood := self._shedding.shed(source, at):
            self._apply()
            if self._is_due(flood, interface, time.monotonic()):
                self._report(_sentence(flood, interface, has_drops), interface)

    def expire(self, now: int) -> None:
        """Stop shedding sources whose time is over at packet time `now`."""
        if self._shedding.expire(now):
            self._apply()

    def rewind(self, now: int) -> None:
        """Stop shedding all sources, because the clock was set back to `now`."""
        self._shedding.rewind(now)
        self.expire(now)

    def mark_incomplete(self, outcome: Outcome) -> Outcome:
        """Return an outcome whose alerts have the caveat `incomplete` if their source was shed."""
        if not any(self._is_incomplete(alert) for alert in outcome.alerts):
            return outcome
        marked = (
            replace(alert, caveats=(*alert.caveats, Caveat.INCOMPLETE.value))
            if self._is_incomplete(alert)
            else alert
            for alert in outcome.alerts
        )
        return replace(outcome, alerts=tuple(marked))

    def _is_incomplete(self, alert: Alert) -> bool:
        sources = (alert.source, *alert.decoys)
        return any(self._shedding.has_shed(source, alert.start) for source in sources)

    def _is_due(self, flood: Flood, interface: str, now: float) -> bool:
        """Return whether a flood is to be reported; if there are too many, report that instead."""
        reported = self._reported_at
        while reported and now - next(iter(reported.values())) >= REPORT_SECONDS:
            reported.popitem(last=False)
        key = (flood.source, flood.is_blocked)
        if key in reported:
            return False
        if len(reported) < MAXIMUM_REPORTED:
            reported[key] = now
            return True
        if now - self._overflowed_at >= REPORT_SECONDS:
            self._overflowed_at = now
            self._report(
                f"More than {MAXIMUM_REPORTED} sources flood {interface}: some frames of each are "
                "skipped for a few seconds. Their addresses are probably forged",
                interface,
            )
        return False

    def _apply(self) -> None:
        for supervisor in self._supervisors.values():
            supervisor.shed(self._shedding.sources)


def _sentence(flood: Flood, interface: str, has_drops: bool) -> str:
    """Return who floods, since when, what is skipped, and what that means for the sensor."""
    since = time.strftime("%H:%M:%S UTC", time.gmtime(flood.since // SECOND))
    who = f"{flood.source} floods {interface} since {since}"
    if flood.is_blocked:
        return (
            f"{who}: all of its frames are skipped for a few seconds, because they were still too "
            "many. Other hosts stay visible"
        )
    return (
        f"{who}: some of its frames are skipped for a few seconds so that others stay visible. "
        "What only nmap sends is still inspected. "
        + ("The kernel has dropped frames, too" if has_drops else "The sensor is well")
    )
