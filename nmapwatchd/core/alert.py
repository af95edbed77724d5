"""An alert is what we say about one scanner; a sensor event is what we say about ourselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from nmapwatchd.core.matching.signature import Confidence
from nmapwatchd.core.observation import Values


class Action(StrEnum):
    """What happened; part of the alert contract, never renamed."""

    SCAN_OPENED = "scan-opened"
    SCAN_CONTINUES = "scan-continues"
    SCAN_CLOSED = "scan-closed"
    SCAN_EXPECTED = "scan-expected"
    SENSOR_STARTED = "sensor-started"
    SENSOR_HEARTBEAT = "sensor-heartbeat"
    SENSOR_DROPPING = "sensor-dropping"
    SENSOR_BLIND = "sensor-blind"
    SENSOR_UNDELIVERED = "sensor-undelivered"
    SENSOR_RECOVERED = "sensor-recovered"
    SENSOR_SELFTEST = "sensor-selftest"
    SENSOR_STOPPED = "sensor-stopped"


@dataclass(frozen=True, slots=True)
class Rule:
    """A signature as an alert evidence it, with the sightings of it in this window."""

    id: str
    title: str
    source: str
    confidence: Confidence
    count: int


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """A field and its value by which a rule held, as it came from the wire."""

    rule: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Alert:
    """
    What is known of one scan when it is said.

    Args:
        action: opened, continues or closed; `scan-expected` for an authorised scanner.
        event_id: the same for every alert of one window, and for a replay of the same packets.
        at: packet time of the sighting that made it speak, nanoseconds since the epoch.
        start: packet time of the window's first sighting.
        end: packet time of its last.
        source: the scanner's address.
        targets: the addresses it was seen to scan, in order of appearance.
        targets_omitted: how many more there were.
        ports: the ports it was seen to scan.
        ports_omitted: how many more there were.
        expected: the authorisation that covers it, empty where none does.
        closed_by: why the window closed: silence, drain, eviction or clock; empty while it is open.
        caveats: why the source may not be who scans, of `core.doubt.Caveat`.
        decoys: others in whose names the same packets came; where the source may be forged, one
            of them may be the scanner's.
        decoys_omitted: how many more there were.
    """

    action: Action
    event_id: str
    at: int
    start: int
    end: int
    source: str
    macs: Values
    vlans: Values
    interfaces: Values
    targets: Values
    targets_omitted: int
    ports: tuple[int, ...]
    ports_omitted: int
    rules: tuple[Rule, ...]
    evidence: tuple[EvidenceItem, ...]
    options: Values
    confidence: Confidence
    sightings: int
    expected: str = ""
    closed_by: str = ""
    caveats: Values = ()
    decoys: Values = ()
    decoys_omitted: int = 0


@dataclass(frozen=True, slots=True)
class SensorEvent:
    """What the sensor says about itself."""

    action: Action
    at: int
    detail: str
    interfaces: Values = ()
    counts: Mapping[str, int] = field(default_factory=dict)


Message = Alert | SensorEvent
