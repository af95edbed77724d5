"""What is remembered of a scan's window, as data, so that it outlives the process."""

from dataclasses import dataclass

from nmapwatchd.core.alert import EvidenceItem
from nmapwatchd.core.matching.signature import Confidence
from nmapwatchd.core.observation import Values

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """What an alert tells of a signature; it outlives the signature, which may be taken away."""

    id: str
    title: str
    source: str
    confidence: Confidence
    options: Values


@dataclass(frozen=True, slots=True)
class WindowSnapshot:
    """
    One window of which somebody was told, at one moment.

    Args:
        event_id: of its alerts.
        by: what its key is made of, names of `window.KEYS`.
        last_alert_at: packet time of the last alert.
        reported: signatures, targets and decoys that it named.
        reported_sightings: sightings that it counted.
        closed: whether it reported that the scan was over, because the service stopped.
        rules: signatures seen, each with its sightings in `counts`.
    """

    event_id: str
    by: Values
    key: Key
    expected: str
    source: str
    first: int
    last: int
    score: int
    sightings: int
    last_alert_at: int
    reported: tuple[int, int, int]
    reported_sightings: int
    alert_count: int
    closed: bool
    source_confirmed: bool
    source_conflict: bool
    proxied: bool
    rules: tuple[RuleInfo, ...]
    counts: tuple[int, ...]
    evidence: tuple[EvidenceItem, ...]
    decoys: Values
    targets: Values
    ports: tuple[int, ...]
    macs: Values
    vlans: Values
    interfaces: Values


@dataclass(frozen=True, slots=True)
class WindowChanges:
    """
    How the windows differ from what was asked before.

    Args:
        kept: windows as they are now.
        gone: the event ids of those that are over.
    """

    kept: tuple[WindowSnapshot, ...] = ()
    gone: Values = ()

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return bool(self.kept or self.gone)


NO_WINDOW_CHANGES = WindowChanges()
