"""The engine turns observations into alerts, in packet time."""

from collections.abc import Iterable

from nmapwatchd.core.alert import Alert
from nmapwatchd.core.attribution.allowlist import Roster
from nmapwatchd.core.attribution.decoys import Decoys
from nmapwatchd.core.attribution.duplicates import Hearsay
from nmapwatchd.core.counters import Tally
from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.correlation import Sequences
from nmapwatchd.core.observation import Observation
from nmapwatchd.core.windows.snapshot import Changes, WindowState
from nmapwatchd.core.windows.table import SECOND, WindowPolicy, Windows


class Engine:
    """Catalogue, roster and windows, one after the other."""

    def __init__(
        self, catalogue: Catalogue, roster: Roster, policy: WindowPolicy, tally: Tally
    ) -> None:
        self._catalogue = catalogue
        self._roster = roster
        self._windows = Windows(policy)
        self._hearsay = Hearsay()
        self._sequences = Sequences()
        self._decoys = Decoys()
        self._tally = tally

    @property
    def open_windows(self) -> int:
        """How many scans go on."""
        return len(self._windows)

    def adopt(self, catalogue: Catalogue, roster: Roster, policy: WindowPolicy) -> list[Alert]:
        """Take a new configuration; open windows stay, unless they are keyed in another way."""
        alerts: list[Alert] = []
        if policy.by != self._windows.policy.by:
            alerts = self._count(self._windows.drain())
        self._catalogue, self._roster, self._windows.policy = catalogue, roster, policy
        return alerts

    def observe(self, observation: Observation) -> list[Alert]:
        """Take in one observation and return what it makes us say."""
        self._tally.candidates += 1
        span = self._windows.policy.seconds * SECOND
        sightings = [
            sighting
            for sighting in self._catalogue.name(observation)
            if self._sequences.confirm(sighting, span)
        ]
        if not sightings:
            return []
        alerts: list[Alert] = []
        if not self._hearsay.is_hearsay(observation):
            expected = self._roster.expects(observation.source, observation.at)
            self._tally.sightings += len(sightings)
            if expected:
                self._tally.expected += len(sightings)
            alerts = self._windows.add(sightings, expected, self._decoys.name(observation, span))
        return self._count(alerts)

    def tick(self, now: int) -> list[Alert]:
        """Say what is due at packet time `now`, so that a quiet network still closes windows."""
        return self._count(self._windows.advance(now))

    def rewind(self, now: int) -> list[Alert]:
        """Forget what lies after packet time `now`, because the clock was set back to it."""
        self._sequences = Sequences()
        return self._count(self._windows.rewind(now))

    def drain(self, keep: bool = False) -> list[Alert]:
        """Close every window; `keep` what they hold, for the next start."""
        return self._count(self._windows.drain(keep))

    def restore(self, states: Iterable[WindowState], now: int) -> list[Alert]:
        """Take up windows where an earlier process left them; tell `changes` from now on."""
        return self._count(self._windows.restore(states, now))

    def changes(self, limit: int = 0) -> Changes:
        """Return which windows spoke, and at most so many others that changed."""
        return self._windows.changes(limit)

    def _count(self, alerts: list[Alert]) -> list[Alert]:
        self._tally.alerts += len(alerts)
        self._tally.forgotten = self._windows.forgotten
        self._tally.copies = self._hearsay.copies
        self._tally.echoes = self._hearsay.echoes
        return alerts
