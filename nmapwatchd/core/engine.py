"""The engine turns observations into alerts, in packet time."""

from collections.abc import Iterable, Sequence

from nmapwatchd.core.alert import Alert
from nmapwatchd.core.attribution.allowlist import Allowlist
from nmapwatchd.core.attribution.decoys import Decoys
from nmapwatchd.core.attribution.duplicates import FrameDeduplicator
from nmapwatchd.core.attribution.replies import ReplyFilter
from nmapwatchd.core.counters import Counters
from nmapwatchd.core.detector import Detector
from nmapwatchd.core.observation import Observation
from nmapwatchd.core.units import SECOND
from nmapwatchd.core.windows.changes import WindowChanges
from nmapwatchd.core.windows.record import WindowRecord
from nmapwatchd.core.windows.table import WindowPolicy, WindowTable


class Engine:
    """Catalogue, allowlist and windows, one after the other."""

    def __init__(
        self,
        detectors: Sequence[Detector],
        allowlist: Allowlist,
        policy: WindowPolicy,
        counters: Counters,
        *,
        track_changes: bool = False,
    ) -> None:
        self._detectors = tuple(detectors)
        self._allowlist = allowlist
        self._windows = WindowTable(policy, track_changes)
        self._deduplicator = FrameDeduplicator()
        self._reply_filter = ReplyFilter()
        self._decoys = Decoys()
        self._counters = counters

    @property
    def open_windows(self) -> int:
        """How many scans go on."""
        return len(self._windows)

    def adopt(
        self, detectors: Sequence[Detector], allowlist: Allowlist, policy: WindowPolicy
    ) -> list[Alert]:
        """Take a new configuration; open windows stay, unless they are keyed in another way."""
        alerts: list[Alert] = []
        if policy.by != self._windows.policy.by:
            alerts = self._count(self._windows.drain())
        self._detectors, self._allowlist, self._windows.policy = tuple(detectors), allowlist, policy
        return alerts

    def observe(self, observation: Observation) -> list[Alert]:
        """Take in one observation and return what it makes us say."""
        self._counters.candidates += 1
        span = self._windows.policy.seconds * SECOND
        sightings = [
            sighting for detector in self._detectors for sighting in detector.observe(observation)
        ]
        if not sightings:
            return []
        alerts: list[Alert] = []
        is_redundant = self._deduplicator.is_duplicate(observation) or self._reply_filter.is_reply(
            observation
        )
        if not is_redundant:
            expected = self._allowlist.authorisation_for(observation.source, observation.at)
            self._counters.sightings += len(sightings)
            if expected:
                self._counters.expected += len(sightings)
            alerts = self._windows.add(
                sightings, expected, self._decoys.canonical_source(observation, span)
            )
        return self._count(alerts)

    def tick(self, now: int) -> list[Alert]:
        """Say what is due at packet time `now`, so that a quiet network still closes windows."""
        return self._count(self._windows.advance(now))

    def rewind(self, now: int) -> list[Alert]:
        """Forget what lies after packet time `now`, because the clock was set back to it."""
        for detector in self._detectors:
            detector.rewind(now)
        return self._count(self._windows.rewind(now))

    def drain(self, keep: bool = False) -> list[Alert]:
        """Close every window; `keep` what they hold, for the next start."""
        return self._count(self._windows.drain(keep))

    def restore(self, records: Iterable[WindowRecord], now: int) -> list[Alert]:
        """Take up windows where an earlier process left them; tell `changes` from now on."""
        return self._count(self._windows.restore(records, now))

    def changes(self, limit: int = 0) -> WindowChanges:
        """Return which windows spoke, and at most so many others that changed."""
        return self._windows.changes(limit)

    def _count(self, alerts: list[Alert]) -> list[Alert]:
        self._counters.alerts += len(alerts)
        self._counters.below_threshold = self._windows.below_threshold
        self._counters.duplicates = self._deduplicator.duplicates
        self._counters.replies = self._reply_filter.replies
        return alerts
