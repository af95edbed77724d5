"""Summarise scans that are too many to be reported one by one."""

import hashlib
from dataclasses import dataclass, field
from typing import TypeVar

from nmapwatchd.core.alert import Action, FloodSummary, Rule
from nmapwatchd.core.observation import Values
from nmapwatchd.core.rule import RuleInfo
from nmapwatchd.core.units import SECOND
from nmapwatchd.core.windows.record import WindowRecord

_T = TypeVar("_T")

# Distinct MAC addresses, targets and so on that a summary counts, and lists: as many as an alert.
MAXIMUM_TRACKED = 1024
MAXIMUM_LISTED = 32
# Seconds from the first scan to the first summary: within a second a flood has shown its size.
FIRST_SECONDS = 1
# Seconds to the second one, and the factor by which the wait then grows: a flood of an hour is
# summarised five times, one of a day eight times.
SECOND_SECONDS, GROWTH = 60, 3
# The longest wait: a flood that goes on is reported every day.
MAXIMUM_WAIT_SECONDS = 86_400
# Exponent from which on the wait has grown to a day.
_MAXIMUM_EXPONENT = 7


@dataclass(slots=True)
class _Flood:
    """What is known of one flood."""

    first: int
    last: int
    sources: int = 0
    listed: dict[str, None] = field(default_factory=dict)
    caveats: dict[str, None] = field(default_factory=dict)
    macs: dict[str, None] = field(default_factory=dict)
    vlans: dict[str, None] = field(default_factory=dict)
    interfaces: dict[str, None] = field(default_factory=dict)
    targets: dict[str, None] = field(default_factory=dict)
    ports: dict[int, None] = field(default_factory=dict)
    rules: dict[str, RuleInfo] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    reported: int = 0  # sources in the last summary
    reported_at: int = 0
    summaries: int = 0

    @property
    def due_at(self) -> int:
        """Packet time of the next summary."""
        if not self.summaries:
            return self.first + FIRST_SECONDS * SECOND
        grown: int = SECOND_SECONDS * GROWTH ** min(self.summaries - 1, _MAXIMUM_EXPONENT)
        return self.reported_at + min(grown, MAXIMUM_WAIT_SECONDS) * SECOND


class FloodCounter:
    """
    Counts the scans that are not reported one by one, and summarises them at growing intervals.

    Args:
        name: distinguishes it from others that count at the same time.
    """

    def __init__(self, name: str = "") -> None:
        self._name = name
        self._flood: _Flood | None = None

    def add(self, record: WindowRecord, caveats: Values = ()) -> None:
        """
        Count a scan, when it would have been opened.

        Args:
            record: what is known of it.
            caveats: reasons why its source may not be the scanner.
        """
        at = record.last
        flood = self._flood = self._flood or _Flood(at, at)
        flood.last = max(flood.last, at)
        flood.sources += 1
        _track(flood.listed, (record.source,), MAXIMUM_LISTED)
        _track(flood.caveats, caveats)
        _track(flood.macs, record.macs)
        _track(flood.vlans, record.vlans)
        _track(flood.interfaces, record.interfaces)
        _track(flood.targets, record.targets)
        _track(flood.ports, record.ports)
        for rule in record.rules.values():
            if rule.id in flood.rules or len(flood.rules) < MAXIMUM_TRACKED:
                flood.rules[rule.id] = rule
                flood.counts[rule.id] = flood.counts.get(rule.id, 0) + 1

    def advance(self, now: int, idle: int) -> list[FloodSummary]:
        """
        Return the summaries that are due.

        Args:
            now: packet time.
            idle: nanoseconds without a further scan after which the flood is over.
        """
        flood = self._flood
        if flood is None:
            return []
        if flood.last <= now - idle:
            return self.end("idle")
        if flood.sources > flood.reported and now >= flood.due_at:
            return [self._summary(flood, now)]
        return []

    def end(self, closed_by: str) -> list[FloodSummary]:
        """Return the last summary."""
        flood, self._flood = self._flood, None
        if flood is None:
            return []
        return [self._summary(flood, flood.last, closed_by)]

    def _summary(self, flood: _Flood, at: int, closed_by: str = "") -> FloodSummary:
        flood.reported, flood.reported_at = flood.sources, at
        flood.summaries += 1
        rules = sorted(flood.rules.values(), key=lambda rule: -flood.counts[rule.id])
        identity = "\0".join(("flood", self._name, str(flood.first)))
        return FloodSummary(
            action=Action.SCAN_FLOOD,
            flood_id=hashlib.sha256(identity.encode()).hexdigest()[:32],
            sequence=flood.summaries,
            at=at,
            start=flood.first,
            end=flood.last,
            sources=flood.sources,
            listed=tuple(flood.listed),
            macs=tuple(flood.macs)[:MAXIMUM_LISTED],
            macs_omitted=max(0, len(flood.macs) - MAXIMUM_LISTED),
            vlans=tuple(flood.vlans)[:MAXIMUM_LISTED],
            interfaces=tuple(flood.interfaces)[:MAXIMUM_LISTED],
            targets=tuple(flood.targets)[:MAXIMUM_LISTED],
            targets_omitted=max(0, len(flood.targets) - MAXIMUM_LISTED),
            ports=tuple(flood.ports)[:MAXIMUM_LISTED],
            ports_omitted=max(0, len(flood.ports) - MAXIMUM_LISTED),
            rules=tuple(
                Rule(rule.id, rule.title, rule.reference, rule.confidence, flood.counts[rule.id])
                for rule in rules[:MAXIMUM_LISTED]
            ),
            tool=rules[0].tool,
            caveats=tuple(flood.caveats),
            closed_by=closed_by,
        )


def _track(values: dict[_T, None], found: dict[_T, None] | tuple[_T, ...], most: int = 0) -> None:
    """Store distinct values, up to the ceiling."""
    for value in found:
        if len(values) < (most or MAXIMUM_TRACKED):
            values[value] = None
