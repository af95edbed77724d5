"""The windows fold one scanner's sightings into few alerts."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nmapwatchd.core.alert import Action, Alert
from nmapwatchd.core.sighting import Sighting
from nmapwatchd.core.signature import Confidence
from nmapwatchd.core.window import KEYS, Key, Window

SECOND = 1_000_000_000  # nanoseconds


@dataclass(frozen=True, slots=True)
class WindowPolicy:
    """
    When to speak, and how much to remember.

    Args:
        seconds: a scan is over after this long without a sighting.
        continue_seconds: the least time between two alerts of a scan that goes on.
        by: what tells one scanner from another, names of `window.KEYS`.
        threshold: points at which weaker sightings add up to an alert.
        points: what the first sighting of a signature is worth, by confidence.
        maximum: windows kept at once; the one that was silent longest goes first.
    """

    seconds: int = 30
    continue_seconds: int = 300
    by: tuple[str, ...] = ("source",)
    threshold: int = 100
    points: Mapping[Confidence, int] = field(
        default_factory=lambda: {
            Confidence.EXCLUSIVE: 100,
            Confidence.STRONG: 50,
            Confidence.WEAK: 10,
        }
    )
    maximum: int = 65_536


class Windows:
    """All windows, each in one of two tables: suspects have not been alerted, scans have."""

    def __init__(self, policy: WindowPolicy) -> None:
        self.policy = policy
        self._suspects: OrderedDict[Key, Window] = OrderedDict()
        self._scans: OrderedDict[Key, Window] = OrderedDict()
        self.forgotten = 0  # suspects that fell silent, or were evicted, below the threshold

    def __len__(self) -> int:
        return len(self._scans)

    def add(self, sightings: Sequence[Sighting], expected: str) -> list[Alert]:
        """Take in the sightings of one observation and return what they make us say."""
        seen = sightings[0].observation
        alerts = self.advance(seen.at)
        key = (*(KEYS[name](seen) for name in self.policy.by), expected)
        window = self._scans.get(key) or self._suspects.get(key)
        if window is None:
            window = Window(key, expected, seen.source, seen.at, seen.at)
            self._suspects[key] = window
            alerts += self._evict()
        for sighting in sightings:
            window.add(sighting, self.policy.points[sighting.signature.confidence])
        if window.said_at is not None:
            self._scans.move_to_end(key)
            due = seen.at - window.said_at >= self.policy.continue_seconds * SECOND
            if due and window.has_news:
                alerts.append(window.say(Action.SCAN_CONTINUES, seen.at))
        elif window.points >= self.policy.threshold:
            self._scans[key] = self._suspects.pop(key)
            alerts.append(window.say(Action.SCAN_OPENED, seen.at))
        else:
            self._suspects.move_to_end(key)
        return alerts

    def advance(self, now: int) -> list[Alert]:
        """Close every window that has been silent for long enough at packet time `now`."""
        limit = now - self.policy.seconds * SECOND
        while self._suspects and next(iter(self._suspects.values())).last <= limit:
            self._suspects.popitem(last=False)
            self.forgotten += 1
        alerts: list[Alert] = []
        while self._scans and next(iter(self._scans.values())).last <= limit:
            _, window = self._scans.popitem(last=False)
            alerts += _close(window, "silence")
        return alerts

    def drain(self) -> list[Alert]:
        """Close every window, at the end of a capture or of the service."""
        alerts = [alert for window in self._scans.values() for alert in _close(window, "drain")]
        self.forgotten += len(self._suspects)
        self._scans.clear()
        self._suspects.clear()
        return alerts

    def _evict(self) -> list[Alert]:
        """Make room: a suspect first, for nobody has been told of it."""
        if len(self._suspects) + len(self._scans) <= self.policy.maximum:
            return []
        if len(self._suspects) > 1:
            self._suspects.popitem(last=False)
            self.forgotten += 1
            return []
        _, window = self._scans.popitem(last=False)
        return _close(window, "eviction")


def _close(window: Window, closed_by: str) -> list[Alert]:
    """Return the closing alert, unless the opening one already said everything."""
    if window.said_everything_at_once and closed_by != "eviction":
        return []
    return [window.say(Action.SCAN_CLOSED, window.last, closed_by)]
