"""The windows fold one scanner's sightings into few alerts."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nmapwatchd.core.alert import Action, Alert
from nmapwatchd.core.matching.signature import Confidence
from nmapwatchd.core.sighting import Sighting
from nmapwatchd.core.units import SECOND
from nmapwatchd.core.windows.changes import ChangeTracker, window_of
from nmapwatchd.core.windows.snapshot import Key, WindowChanges, WindowSnapshot
from nmapwatchd.core.windows.window import KEYS, Window

# How much longer we wait after each alert of a scan that goes on: one of twenty minutes, full of
# news, is three alerts, one of a working day five.
BACKOFF_FACTOR = 4
# The longest wait in seconds: of a scan with news somebody hears every day.
MAXIMUM_WAIT_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class WindowPolicy:
    """
    When to speak, and how much to remember.

    Args:
        seconds: a scan is over after this long without a sighting.
        continue_seconds: the least time between the first two alerts of a scan that goes on.
        by: what tells one scanner from another, names of `window.KEYS`.
        threshold: points at which weaker sightings add up to an alert.
        scores: what the first sighting of a signature is worth, by confidence.
        maximum: windows kept at once; the one that was silent longest goes first.
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
        """Return the least time, in nanoseconds, between an alert of a scan and the next."""
        grown: int = BACKOFF_FACTOR ** min(
            alert_count - 1, 9
        )  # beyond 9, one second has become a day
        return min(self.continue_seconds * grown, MAXIMUM_WAIT_SECONDS) * SECOND


class WindowTable:
    """All windows, each in one of two tables: suspects have not been alerted, scans have."""

    def __init__(self, policy: WindowPolicy) -> None:
        self.policy = policy
        self._suspects: OrderedDict[Key, Window] = OrderedDict()
        self._scans: OrderedDict[Key, Window] = OrderedDict()
        self._changes: ChangeTracker | None = None
        self.below_threshold = 0  # suspects that fell silent, or were evicted, below the threshold

    def __len__(self) -> int:
        return len(self._scans)

    def add(self, sightings: Sequence[Sighting], expected: str, name: str) -> list[Alert]:
        """
        Take in the sightings of one observation and return what they make us say.

        Args:
            sightings: all that held for it.
            expected: the authorisation that covers it, or ''.
            name: the address under which its sender is filed, which is another's for a decoy.
        """
        seen = sightings[0].observation
        alerts = self.advance(seen.at)
        filed = seen if name == seen.source else replace(seen, source=name)
        key = (*(KEYS[part](filed) for part in self.policy.by), expected)
        window = self._scans.get(key) or self._suspects.get(key)
        if window is None:
            window = Window(key, expected, seen.source, seen.at, seen.at)
            self._suspects[key] = window
            alerts += self._evict()
        signatures = (sighting.signature for sighting in sightings)
        window.add_score({s.id: self.policy.scores[s.confidence] for s in signatures})
        if seen.source not in (name, window.source):
            window.add_decoy(seen.source)
        for sighting in sightings:
            window.add(sighting)
        if window.last_alert_at is not None:
            self._scans.move_to_end(key)
            due = seen.at - window.last_alert_at >= self.policy.wait(window.alert_count)
            # When the first of its names comes again, all have come once.
            disguised = window.has_unreported_decoys and seen.source == window.source
            # One that was reported to be over when the service stopped, and is not, is news itself.
            if window.closed or disguised or (due and window.has_news):
                alerts.append(window.to_alert(Action.SCAN_CONTINUES, seen.at))
            self._record_change(window)
        elif window.score >= self.policy.threshold:
            self._scans[key] = self._suspects.pop(key)
            alerts.append(window.to_alert(Action.SCAN_OPENED, seen.at))
            self._record_change(window)
        else:
            self._suspects.move_to_end(key)
        return alerts

    def advance(self, now: int) -> list[Alert]:
        """Close every window that has been silent for long enough at packet time `now`."""
        limit = now - self.policy.seconds * SECOND
        while self._suspects and next(iter(self._suspects.values())).last <= limit:
            self._suspects.popitem(last=False)
            self.below_threshold += 1
        alerts: list[Alert] = []
        while self._scans and next(iter(self._scans.values())).last <= limit:
            _, window = self._scans.popitem(last=False)
            alerts += self._close(window, "idle")
        return alerts

    def rewind(self, now: int) -> list[Alert]:
        """
        Close every window that was seen after `now`, because the clock was set back to it.

        They would stay open until the clock has come there again, and hold back those behind them.
        """
        alerts: list[Alert] = []
        for key in [key for key, window in self._suspects.items() if window.last > now]:
            del self._suspects[key]
            self.below_threshold += 1
        for key in [key for key, window in self._scans.items() if window.last > now]:
            alerts += self._close(self._scans.pop(key), "clock")
        return alerts

    def drain(self, keep: bool = False) -> list[Alert]:
        """Close every window, at the end of a capture or of the service; `keep` what they hold."""
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
        """Make room: a suspect first, for nobody has been told of it."""
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
        if window.closed and window.is_fully_reported:
            return []
        if window.opening_was_complete and closed_by != "eviction":
            return []
        return [window.to_alert(Action.SCAN_CLOSED, window.last, closed_by)]

    def restore(self, states: Iterable[WindowSnapshot], now: int) -> list[Alert]:
        """
        Take up windows where an earlier process left them; tell `changes` from now on.

        Those that can go on no longer, because they are keyed in another way or the clock was set
        back, are closed.
        """
        alerts: list[Alert] = []
        self._changes = ChangeTracker()
        for state in sorted(states, key=lambda state: state.last):
            window = window_of(state)
            future = state.last > now + self.policy.seconds * SECOND
            if state.by != self.policy.by or future or window.key in self._scans:
                alerts += self._close(window, "shutdown")
            else:
                self._scans[window.key] = window
                alerts += self._evict()
        return alerts + self.advance(now)

    def changes(self, limit: int) -> WindowChanges:
        """
        Return how the windows differ from what was returned before.

        Args:
            limit: windows unreported since, at most; those of which something was
                reported come all.
        """
        return self._changes.changes(limit, self.policy.by) if self._changes else WindowChanges()

    def _record_change(self, window: Window) -> None:
        if self._changes is not None:
            self._changes.record(window)
