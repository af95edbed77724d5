"""The window table: folds the sightings of each scanner into few alerts."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nmapwatchd.core.alert import Action, Alert, FloodSummary
from nmapwatchd.core.attribution.allowlist import Coverage
from nmapwatchd.core.observation import Observation
from nmapwatchd.core.rule import Confidence
from nmapwatchd.core.sighting import Sighting
from nmapwatchd.core.units import SECOND
from nmapwatchd.core.windows.budget import OpeningBudget
from nmapwatchd.core.windows.changes import NO_WINDOW_CHANGES, ChangeTracker, WindowChanges
from nmapwatchd.core.windows.flood import FloodCounter
from nmapwatchd.core.windows.record import Key, WindowRecord
from nmapwatchd.core.windows.window import KEYS, Window

# Factor by which the wait grows with each alert of a scan that continues: one of twenty minutes
# with something new in each is three alerts, one of a working day five.
BACKOFF_FACTOR = 4
# The longest wait: a scan with something new is reported every day.
MAXIMUM_WAIT_SECONDS = 86_400
# Exponent from which on even one second has grown to a day.
_MAXIMUM_EXPONENT = 9
# Scans without an implied handshake that may open in a minute, as a part of those with one: they
# are forged by the thousand, and one in so many is what a person still reads one by one.
BARE_SHARE = 10
# Seconds after which a scan that was counted in a summary may open after all: what is forged with
# random addresses does not last, a scan of some size does.
LASTING_SECONDS = 5

# Regions, the windows of one standing; the first one that has any is evicted from first: scans
# counted in the summary of a flood; suspects, below the threshold, without and with an implied
# handshake; reported scans without and with a proven source. (An enumeration takes longer.)
_FOLDED, _SUSPECT, _ANSWERED_SUSPECT, _UNPROVEN, _PROVEN = _REGIONS = range(5)


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
        scans_per_minute: scans with data over TCP that may open in a minute, and ten times as many
            as others; further ones are counted in the summary of a flood. As many as a worm causes
            in a large network, and with their closing alerts a fifth of what the slowest sink
            delivers.
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
    scans_per_minute: int = 600

    def openings(self, has_handshake: bool) -> int:
        """Return how many scans may open in a minute, with or without an implied handshake."""
        return self.scans_per_minute if has_handshake else -(-self.scans_per_minute // BARE_SHARE)

    def wait(self, alert_count: int) -> int:
        """Return the minimum time in nanoseconds between the latest of so many alerts and the next.

        Args:
            alert_count: the number of alerts of a scan so far, without corrections, at least 1.
        """
        grown: int = BACKOFF_FACTOR ** min(alert_count - 1, _MAXIMUM_EXPONENT)
        return min(self.continue_seconds * grown, MAXIMUM_WAIT_SECONDS) * SECOND


@dataclass(frozen=True, slots=True)
class _Lane:
    """
    Limits of the scans of one kind, so that a flood of it delays no scan of the other.

    Args:
        flood: counts those that are not opened.
        opening: limits those that begin.
        lasting: limits those that were not opened, and went on.
    """

    flood: FloodCounter
    opening: OpeningBudget = field(default_factory=OpeningBudget)
    lasting: OpeningBudget = field(default_factory=OpeningBudget)


class WindowTable:
    """
    All open windows: suspects have had no alert yet, scans have.

    Each region is ordered by activity, the least recently active window first.

    Args:
        policy: when to report; may be replaced.
        track_changes: whether `changes` is going to be called.
    """

    def __init__(self, policy: WindowPolicy, track_changes: bool = False) -> None:
        self.policy = policy
        self._windows: dict[Key, Window] = {}
        self._regions: tuple[OrderedDict[Key, Window], ...] = tuple(OrderedDict() for _ in _REGIONS)
        # By whether a handshake is implied.
        self._lanes = {
            False: _Lane(FloodCounter("bare")),
            True: _Lane(FloodCounter("data")),
        }
        self._summaries: list[FloodSummary] = []
        self._changes = ChangeTracker() if track_changes else None
        self.below_threshold = 0  # suspects that ended without an alert
        self.evicted_evidence = 0  # destinations whose weak evidence was dropped
        self.folded = 0  # scans that were counted in the summary of a flood
        self.evicted = 0  # windows evicted, without those that were counted in a summary

    def __len__(self) -> int:
        return len(self._regions[_UNPROVEN]) + len(self._regions[_PROVEN])

    def add(self, sightings: Sequence[Sighting], coverage: Coverage, source: str) -> list[Alert]:
        """
        Record the sightings in one observation and return the alerts that are due.

        Args:
            sightings: all sightings in it with this coverage, at least one.
            coverage: the authorisation that covers them, if one does.
            source: the address that stands for its source; another one for a decoy.
        """
        seen = sightings[0].observation
        alerts = self.advance(seen.at)
        keyed = seen if source == seen.source else replace(seen, source=source)
        expected = coverage.expected
        key = (*(KEYS[part](keyed) for part in self.policy.by), expected)
        window = self._windows.get(key)
        if window is None:
            alerts += self._make_room()
            record = WindowRecord(self.policy.by, key, expected, seen.source, seen.at, seen.at)
            window = self._windows[key] = Window(record)
        record = window.record
        if not record.alert_count:
            self.evicted_evidence += window.add_score(sightings, self.policy.scores)
        if seen.source == record.source and not record.near_authorisation:
            record.near_authorisation, record.not_covered_because = coverage.near, coverage.because
        if seen.source not in (source, record.source):
            window.add_decoy(seen.source)
        window.add(*sightings)
        if record.alert_count:
            if self._is_due(window, seen):
                alerts.append(window.to_alert(Action.SCAN_CONTINUES, seen.at))
            self._record_change(window)
        elif record.score >= self.policy.threshold and self._may_open(window):
            alerts.append(window.to_alert(Action.SCAN_OPENED, seen.at))
            self._record_change(window)
        self._move_to_end(window)
        return alerts

    def _is_due(self, window: Window, seen: Observation) -> bool:
        """Return whether a scan is to be reported again, now that a packet was recorded."""
        record = window.record
        # That a scan continues which was closed because the service stopped is news itself.
        if record.closed or window.needs_correction:
            return True
        elapsed = seen.at - record.last_alert_at
        if record.decoys:
            # When the first address sends again, every decoy has sent once.
            if window.has_unreported_decoys and seen.source == record.source:
                return True
            # An address that joins may be the scanner: it waits, but not for longer each time.
            if window.has_joined and elapsed >= self.policy.wait(1):
                return True
        # What did not wait makes nothing else wait longer.
        wait = self.policy.wait(record.alert_count - record.corrections)
        return elapsed >= wait and window.has_news

    def _may_open(self, window: Window) -> bool:
        """Return whether a scan may be opened; if not, it is counted in a flood's summary once."""
        record = window.record
        lane = self._lanes[window.has_handshake]
        openings = self.policy.openings(window.has_handshake)
        if window.folded_in is window.has_handshake:
            is_lasting = record.last - record.first >= LASTING_SECONDS * SECOND
            return is_lasting and lane.lasting.take(record.last, openings)
        if lane.opening.take(record.last, openings):
            return True
        self.folded += window.folded_in is None
        window.folded_in = window.has_handshake
        lane.flood.add(record, window.caveats)
        return False

    def advance(self, now: int) -> list[Alert]:
        """Close every window that has been idle for long enough at packet time `now`."""
        idle = self.policy.seconds * SECOND
        alerts: list[Alert] = []
        for windows in self._regions:
            while windows and next(iter(windows.values())).record.last <= now - idle:
                alerts += self._close(next(iter(windows.values())), "idle")
        if self.folded:
            for lane in self._lanes.values():
                self._summaries += lane.flood.advance(now, idle)
        return alerts

    def rewind(self, now: int) -> list[Alert]:
        """
        Close every window with a sighting after `now`, because the clock was set back to it.

        They would otherwise stay open until the clock has caught up, and with them all windows
        after them.
        """
        alerts: list[Alert] = []
        for windows in self._regions:
            for window in [one for one in windows.values() if one.record.last > now]:
                alerts += self._close(window, "clock")
        self._end_floods("clock")
        for lane in self._lanes.values():
            lane.opening.rewind(now)
            lane.lasting.rewind(now)
        return alerts

    def drain(self, keep: bool = False) -> list[Alert]:
        """
        Close every window, at the end of a capture or of the service.

        Args:
            keep: whether their records are kept for the next start.
        """
        alerts = []
        for windows in self._regions:
            for window in list(windows.values()):
                alerts += self._close(window, "shutdown")
                if keep and window.record.alert_count:
                    self._record_change(window)
        self._end_floods("shutdown")
        return alerts

    def take_summaries(self) -> tuple[FloodSummary, ...]:
        """Return the summaries of floods that have become due since the last call."""
        if not self._summaries:
            return ()
        summaries, self._summaries = self._summaries, []
        return tuple(summaries)

    def _end_floods(self, closed_by: str) -> None:
        for lane in self._lanes.values():
            self._summaries += lane.flood.end(closed_by)

    def _make_room(self) -> list[Alert]:
        """Evict a window if there is no room for another."""
        if len(self._windows) < self.policy.maximum:
            return []
        # Neither kind of suspects, forged by the thousand, can evict all of the other.
        answered = self._regions[_ANSWERED_SUSPECT]
        if len(answered) > self.policy.maximum // 2:
            windows = answered
        else:
            windows = next(windows for windows in self._regions if windows)
        window = next(iter(windows.values()))
        self.evicted += window.folded_in is None
        return self._close(window, "eviction")

    def _close(self, window: Window, closed_by: str) -> list[Alert]:
        """Remove a window; return the closing alert if it was reported."""
        assert window.region is not None
        del self._windows[window.record.key], self._regions[window.region][window.record.key]
        if not window.record.alert_count:
            self.below_threshold += window.folded_in is None
            return []
        return self._closing(window, closed_by)

    def _closing(self, window: Window, closed_by: str) -> list[Alert]:
        if self._changes is not None:
            self._changes.close(window)
        if window.record.closed and window.is_fully_reported:
            return []
        return [window.to_alert(Action.SCAN_CLOSED, window.record.last, closed_by)]

    def _move_to_end(self, window: Window) -> None:
        """Make a window the most recently active one of its region."""
        record = window.record
        if record.alert_count:
            region = _PROVEN if record.source_confirmed else _UNPROVEN
        elif window.folded_in is not None:
            region = _FOLDED
        else:
            region = _ANSWERED_SUSPECT if window.has_handshake else _SUSPECT
        if window.region == region:
            self._regions[region].move_to_end(record.key)
            return
        if window.region is not None:
            del self._regions[window.region][record.key]
        self._regions[region][record.key] = window
        window.region = region

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
            if record.by != self.policy.by or is_future or record.key in self._windows:
                alerts += self._closing(window, "shutdown")
            else:
                alerts += self._make_room()
                self._windows[record.key] = window
                self._move_to_end(window)
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
