"""The window table: folds the sightings of each scanner into few alerts."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nmapwatchd.core.alert import Action, Alert
from nmapwatchd.core.rule import Confidence
from nmapwatchd.core.sighting import Sighting
from nmapwatchd.core.units import SECOND
from nmapwatchd.core.windows.changes import NO_WINDOW_CHANGES, ChangeTracker, WindowChanges
from nmapwatchd.core.windows.record import Key, WindowRecord
from nmapwatchd.core.windows.window import KEYS, Window

# Factor by which the wait grows with each alert of a scan that continues: one of twenty minutes
# with something new in each is three alerts, one of a working day five.
BACKOFF_FACTOR = 4
# The longest wait: a scan with something new is reported every day.
MAXIMUM_WAIT_SECONDS = 86_400
# Exponent from which on even one second has grown to a day.
_MAXIMUM_EXPONENT = 9


@dataclass(frozen=True, slots=True)
class WindowPolicy:
    """
    When to report a scan, and how many windows to store.

    Args:
        seconds: a scan closes after this many seconds without a sighting.
        continue_seconds: the minimum time between the first two alerts of a scan.
        by: what identifies a scanner, names of `window.KEYS`.
        threshold: the score at which an alert opens.
        scores: what the first sighting of a rule adds to the score, by confidence.
        maximum: open windows; beyond that the least recently active one is evicted.
    """

    seconds: int = 30
    continue_seconds: int = 300
    by: tuple[str, ...] = ("source",)
    threshold: int = 100
    scores: Mapping[Confidence, int] = field(
        default_factory=lambda: {
            Confidence.EXCLUSIVE: 100,
            Confidence.STRONG: 90,
            Confidence.WEAK: 10,
        }
    )
    maximum: int = 65_536

    def wait(self, alert_count: int) -> int:
        """Return the minimum time in nanoseconds between the latest of so many alerts and the next.

        Args:
            alert_count: the number of alerts of a scan so far, at least 1.
        """
        grown: int = BACKOFF_FACTOR ** min(alert_count - 1, _MAXIMUM_EXPONENT)
        return min(self.continue_seconds * grown, MAXIMUM_WAIT_SECONDS) * SECOND


class WindowTable:
    """
    All open windows, least recently active first: suspects have had no alert yet, scans have.

    Args:
        policy: when to report; may be replaced.
        track_changes: whether `changes` is going to be called.
    """

    def __init__(self, policy: WindowPolicy, track_changes: bool = False) -> None:
        self.policy = policy
        self._suspects: OrderedDict[Key, Window] = OrderedDict()
        self._scans: OrderedDict[Key, Window] = OrderedDict()
        self._changes = ChangeTracker() if track_changes else None
        self.below_threshold = 0  # suspects that ended without an alert
        self.evicted_evidence = 0  # destinations whose weak evidence was dropped

    def __len__(self) -> int:
        return len(self._scans)

    def add(self, sightings: Sequence[Sighting], expected: str, source: str) -> list[Alert]:
        """
        Record the sightings in one observation and return the alerts that are due.

        Args:
            sightings: all sightings in it, at least one.
            expected: the authorisation that covers it, or ''.
            source: the address that stands for its source; another one for a decoy.
        """
        seen = sightings[0].observation
        alerts = self.advance(seen.at)
        keyed = seen if source == seen.source else replace(seen, source=source)
        key = (*(KEYS[part](keyed) for part in self.policy.by), expected)
        window = self._scans.get(key) or self._suspects.get(key)
        if window is None:
            record = WindowRecord(self.policy.by, key, expected, seen.source, seen.at, seen.at)
            window = self._suspects[key] = Window(record)
            alerts += self._evict()
        record = window.record
        if not record.alert_count:
            self.evicted_evidence += window.add_score(sightings, self.policy.scores)
        if seen.source not in (source, record.source):
            window.add_decoy(seen.source)
        window.add(*sightings)
        if record.alert_count:
            self._scans.move_to_end(key)
            is_due = seen.at - record.last_alert_at >= self.policy.wait(record.alert_count)
            # When the first address sends again, every decoy has sent once.
            has_decoys = window.has_unreported_decoys and seen.source == record.source
            # That a scan continues which was closed because the service stopped is news itself.
            if record.closed or has_decoys or (is_due and window.has_news):
                alerts.append(window.to_alert(Action.SCAN_CONTINUES, seen.at))
            self._record_change(window)
        elif record.score >= self.policy.threshold:
            self._scans[key] = self._suspects.pop(key)
            alerts.append(window.to_alert(Action.SCAN_OPENED, seen.at))
            self._record_change(window)
        else:
            self._suspects.move_to_end(key)
        return alerts

    def advance(self, now: int) -> list[Alert]:
        """Close every window that has been idle for long enough at packet time `now`."""
        limit = now - self.policy.seconds * SECOND
        while self._suspects and next(iter(self._suspects.values())).record.last <= limit:
            self._suspects.popitem(last=False)
            self.below_threshold += 1
        alerts: list[Alert] = []
        while self._scans and next(iter(self._scans.values())).record.last <= limit:
            _, window = self._scans.popitem(last=False)
            alerts += self._close(window, "idle")
        return alerts

    def rewind(self, now: int) -> list[Alert]:
        """
        Close every window with a sighting after `now`, because the clock was set back to it.

        They would otherwise stay open until the clock has caught up, and with them all windows
        after them.
        """
        alerts: list[Alert] = []
        for key in [key for key, window in self._suspects.items() if window.record.last > now]:
            del self._suspects[key]
            self.below_threshold += 1
        for key in [key for key, window in self._scans.items() if window.record.last > now]:
            alerts += self._close(self._scans.pop(key), "clock")
        return alerts

    def drain(self, keep: bool = False) -> list[Alert]:
        """
        Close every window, at the end of a capture or of the service.

        Args:
            keep: whether their records are kept for the next start.
        """
        alerts = []
        for window in self._scans.values():
            alerts += self._close(window, "shutdown")
            if keep:
                self._record_change(window)
        self.below_threshold += len(self._suspects)
        self._scans.clear()
        self._suspects.clear()
        return alerts

    def _evict(self) -> list[Alert]:
        """Make room for a window: suspects are evicted first, because they were not reported."""
        if len(self._suspects) + len(self._scans) <= self.policy.maximum:
            return []
        if len(self._suspects) > 1:
            self._suspects.popitem(last=False)
            self.below_threshold += 1
            return []
        _, window = self._scans.popitem(last=False)
        return self._close(window, "eviction")

    def _close(self, window: Window, closed_by: str) -> list[Alert]:
        """Return the closing alert, unless everything was reported."""
        if self._changes is not None:
            self._changes.close(window)
        if window.record.closed and window.is_fully_reported:
            return []
        if window.opening_was_complete and closed_by != "eviction":
            return []
        return [window.to_alert(Action.SCAN_CLOSED, window.record.last, closed_by)]

    def restore(self, records: Iterable[WindowRecord], now: int) -> list[Alert]:
        """
        Restore the windows of an earlier process.

        Those that cannot continue, because they are keyed differently or the clock was set back,
        are closed.
        """
        alerts: list[Alert] = []
        for record in sorted(records, key=lambda record: record.last):
            window = Window(record.copy())
            is_future = record.last > now + self.policy.seconds * SECOND
            if record.by != self.policy.by or is_future or record.key in self._scans:
                alerts += self._close(window, "shutdown")
            else:
                self._scans[record.key] = window
                alerts += self._evict()
        return alerts + self.advance(now)

    def changes(self, limit: int) -> WindowChanges:
        """
        Return the changes since the last call; none if they are not tracked.

        Args:
            limit: the maximum number of windows with unreported sightings.
        """
        return NO_WINDOW_CHANGES if self._changes is None else self._changes.take(limit)

    def _record_change(self, window: Window) -> None:
        if self._changes is not None:
            self._changes.record(window)
