"""Messages: alerts about scans, summaries of floods, and events about the sensor itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from nmapwatchd.core.explanation import Explanation
from nmapwatchd.core.observation import Values
from nmapwatchd.core.rule import Confidence
from nmapwatchd.core.severity import Level


class Action(StrEnum):
    """What a message is about; part of the alert contract, never renamed."""

    SCAN_OPENED = "scan-opened"
    SCAN_CONTINUES = "scan-continues"
    SCAN_CLOSED = "scan-closed"
    SCAN_EXPECTED = "scan-expected"
    SCAN_FLOOD = "scan-flood"
    SENSOR_STARTED = "sensor-started"
    SENSOR_HEARTBEAT = "sensor-heartbeat"
    SENSOR_DROPPING = "sensor-dropping"
    SENSOR_BLIND = "sensor-blind"
    SENSOR_LIMITED = "sensor-limited"
    SENSOR_SHEDDING = "sensor-shedding"
    SENSOR_UNDELIVERED = "sensor-undelivered"
    SENSOR_RECOVERED = "sensor-recovered"
    SENSOR_SELFTEST = "sensor-selftest"
    SENSOR_STOPPED = "sensor-stopped"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as an alert lists it, with the number of its sightings in this window."""

    id: str
    title: str
    reference: str
    confidence: Confidence
    count: int


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """A field and value that satisfied a rule; the value as it came from the wire."""

    rule: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Alert:
    """
    What is known of one scan when it is reported.

    Args:
        action: opened, continues or closed; `scan-expected` for an authorised scanner.
        scan_id: the id of the scan: the same for every alert of one window, and for a replay of the
            same packets.
        identity: what identifies the scanner, whenever it scans; see `WindowRecord.identity`.
        sequence: the number of this alert among those of the scan, from 1.
        at: packet time of the sighting that caused it, nanoseconds since the epoch.
        start: packet time of the window's first sighting.
        end: packet time of its last sighting.
        source: the scanner's address.
        macs: its MAC addresses.
        vlans: the VLAN ids.
        interfaces: the interfaces; in replay, the name of the capture file.
        targets: the addresses scanned, in order of appearance.
        targets_omitted: the number of further ones.
        targets_truncated: whether the window tracks no more targets, so that there may be others.
        ports: the ports scanned.
        ports_omitted: the number of further ones.
        ports_truncated: whether the window tracks no more ports, so that there may be others.
        transports: the transports of the packets.
        source_ports: the ports that the packets were sent from.
        source_ports_omitted: the number of further ones.
        rules: the rules sighted, the most certain first.
        evidence: at most one item for each rule, the most telling first.
        explanation: the options and scripts of the tool that the sightings prove.
        level: how severe the scan is.
        is_raised: whether that is more than in every alert before; so it is in the first one.
        is_unchanged: whether the alert before had every sighting.
        new_rules: the number of rules that the alert before did not have.
        new_targets: the number of such targets.
        new_decoys: the number of such decoys.
        on_link: whether a packet was sent on a captured link itself, so that its MAC address is
            the scanner's; otherwise it may be a router's.
        tool: the software that scans.
        techniques: the ids of the MITRE ATT&CK techniques that the rules are evidence of.
        confidence: the confidence of the most certain rule.
        sightings: the number of sightings.
        packets: the number of packets with a sighting.
        expected: the authorisation that covers the scan; empty if there is none.
        near_authorisation: the one that nearly covers it; empty if there is none, or one covers it.
        not_covered_because: why that one does not.
        closed_by: why the window closed: idle, shutdown, eviction or clock; empty while it is open.
        caveats: reasons why the source may not be the scanner, of `caveats.Caveat`.
        decoys: other addresses that sent the same packets; with the caveat `spoofable`, one of
            them may be the scanner's.
        decoys_omitted: the number of further ones.
        outer: `source>destination` of the IP tunnels around the packets.
    """

    action: Action
    scan_id: str
    identity: str
    sequence: int
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
    transports: Values
    source_ports: tuple[int, ...]
    source_ports_omitted: int
    rules: tuple[Rule, ...]
    evidence: tuple[EvidenceItem, ...]
    explanation: Explanation
    level: Level
    tool: str
    techniques: Values
    confidence: Confidence
    sightings: int
    packets: int
    is_raised: bool = True
    is_unchanged: bool = False
    new_rules: int = 0
    new_targets: int = 0
    new_decoys: int = 0
    on_link: bool = False
    expected: str = ""
    near_authorisation: str = ""
    not_covered_because: str = ""
    closed_by: str = ""
    caveats: Values = ()
    decoys: Values = ()
    decoys_omitted: int = 0
    targets_truncated: bool = False
    ports_truncated: bool = False
    outer: Values = ()


@dataclass(frozen=True, slots=True)
class FloodSummary:
    """
    Scans that were too many to be reported one by one.

    Args:
        action: `scan-flood`.
        flood_id: the same in every summary of a flood, and for a replay of the same packets.
        sequence: the number of this summary among those of the flood, from 1.
        at: packet time of the summary, nanoseconds since the epoch.
        start: packet time of the first of these scans.
        end: packet time of the latest one.
        sources: the number of these scans; a source that pauses is counted again.
        listed: the addresses of the first ones.
        macs: their MAC addresses, in order of appearance.
        macs_omitted: the number of further ones.
        vlans: the VLAN ids.
        interfaces: the interfaces; in replay, the name of the capture file.
        targets: the addresses scanned.
        targets_omitted: the number of further ones.
        ports: the ports scanned.
        ports_omitted: the number of further ones.
        rules: the rules sighted, each with the number of scans that began with it; the most
            frequent first.
        tool: the software that scans.
        caveats: reasons why a source of them may not be a scanner, of `caveats.Caveat`.
        closed_by: why the flood is over: idle, shutdown or clock; empty while it goes on.
    """

    action: Action
    flood_id: str
    sequence: int
    at: int
    start: int
    end: int
    sources: int
    listed: Values
    macs: Values
    macs_omitted: int
    vlans: Values
    interfaces: Values
    targets: Values
    targets_omitted: int
    ports: tuple[int, ...]
    ports_omitted: int
    rules: tuple[Rule, ...]
    tool: str
    caveats: Values = ()
    closed_by: str = ""


@dataclass(frozen=True, slots=True)
class SensorEvent:
    """
    An event of the sensor itself.

    Args:
        action: what happened.
        at: the time, nanoseconds since the epoch.
        detail: a phrase for the operator; may be empty.
        interfaces: the interfaces that it concerns.
        counts: the counters at that time, by name.
    """

    action: Action
    at: int
    detail: str
    interfaces: Values = ()
    counts: Mapping[str, int] = field(default_factory=dict)


Message = Alert | FloodSummary | SensorEvent
