"""What is remembered of a scan's window, as data, so that it outlives the process."""

from dataclasses import dataclass

from nmapwatchd.core.alert import Quote
from nmapwatchd.core.matching.signature import Confidence
from nmapwatchd.core.observation import Values

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """What an alert tells of a signature; it outlives the signature, which may be taken away."""

    id: str
    title: str
    source: str
    confidence: Confidence
    sent_by: Values


@dataclass(frozen=True, slots=True)
class WindowState:
    """
    One window of which somebody was told, at one moment.

    Args:
        event_id: of its alerts.
        by: what its key is made of, names of `window.KEYS`.
        said_at: packet time of the last alert.
        said: signatures, targets and decoys that it named.
        said_sightings: sightings that it counted.
        closed: whether it said that the scan was over, because the service stopped.
        marks: signatures seen, each with its sightings in `counts`.
    """

    event_id: str
    by: Values
    key: Key
    expected: str
    source: str
    first: int
    last: int
    points: int
    sightings: int
    said_at: int
    said: tuple[int, int, int]
    said_sightings: int
    times_said: int
    closed: bool
    needed_answers: bool
    disputed: bool
    relayed: bool
    marks: tuple[Mark, ...]
    counts: tuple[int, ...]
    quotes: tuple[Quote, ...]
    decoys: Values
    targets: Values
    ports: tuple[int, ...]
    macs: Values
    vlans: Values
    interfaces: Values


@dataclass(frozen=True, slots=True)
class Changes:
    """
    How the windows differ from what was asked before.

    Args:
        kept: windows as they are now.
        gone: the event ids of those that are over.
    """

    kept: tuple[WindowState, ...] = ()
    gone: Values = ()

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return bool(self.kept or self.gone)


NO_CHANGES = Changes()
