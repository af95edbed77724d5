"""A message as one line of JSON, an object of the Elastic Common Schema (ECS)."""

import json
from collections.abc import Sequence
from typing import Any, TypeVar, assert_never

from nmapwatchd.core.alert import Alert, FloodSummary, Message, Rule, SensorEvent
from nmapwatchd.core.observation import Transport
from nmapwatchd.formats.actions import ACTIONS
from nmapwatchd.formats.escape import from_wire, printable
from nmapwatchd.formats.identity import event_id
from nmapwatchd.formats.sensor import PROGRAM, Sensor
from nmapwatchd.formats.severity import severity
from nmapwatchd.formats.summary import summarise
from nmapwatchd.formats.values import MAXIMUM_LISTED, mac_address, name, names, omitted, timestamp

Document = dict[str, Any]

ECS_VERSION = "8.17.0"
DATASET = "nmapwatchd.alert"
# Signatures that one alert lists: more than the catalogue has, so that the counts add up to the
# sightings; for a site that adds thousands of its own, the omitted ones are counted.
MAXIMUM_RULES = 1024

_T = TypeVar("_T")

# Names of the ATT&CK techniques that signatures are evidence of.
_TECHNIQUES = {"T1046": "Network Service Discovery"}
# Transports that have another name in ECS, or none.
_TRANSPORTS = {Transport.ICMPV6.value: "ipv6-icmp", Transport.IP.value: ""}


def format_ecs(message: Message, sensor: Sensor, capture: str = "") -> bytes:
    """Return a message as one line of ASCII JSON, without the newline; see `document`."""
    return json.dumps(document(message, sensor, capture), separators=(",", ":")).encode()


def document(message: Message, sensor: Sensor, capture: str = "") -> Document:
    """
    Return a message as an ECS object with a fixed order of keys.

    Args:
        message: an alert, a summary of a flood or a sensor event.
        sensor: its origin.
        capture: name of the replayed capture file; empty for live traffic, which is identified by
            its interfaces.
    """
    match message:
        case Alert():
            return _alert(message, sensor, capture)
        case FloodSummary():
            return _flood(message, sensor, capture)
        case SensorEvent():
            return _event(message, sensor, capture)
        case _:
            assert_never(message)


def _alert(alert: Alert, sensor: Sensor, capture: str) -> Document:
    rules = alert.rules[:MAXIMUM_RULES]
    source: Document = {"ip": name(alert.source)}
    if alert.macs:
        source["mac"] = _one_or_all([mac_address(address) for address in alert.macs])
    if alert.source_ports:
        source["port"] = _one_or_all(list(alert.source_ports[:MAXIMUM_LISTED]))
    found: Document = {
        "@timestamp": timestamp(alert.at),
        "ecs": {"version": ECS_VERSION},
        "event": {
            "kind": "alert",
            "category": ["network", "intrusion_detection"],
            "type": [ACTIONS[alert.action].event_type],
            "action": alert.action.value,
            "id": name(event_id(alert)),
            "start": timestamp(alert.start),
            "end": timestamp(alert.end),
            "severity": severity(alert).severity,
            "dataset": DATASET,
        },
        "message": summarise(alert),
        "source": source,
        "destination": {
            "ip": names(alert.targets),
            "port": list(alert.ports[:MAXIMUM_LISTED]),
        },
        "rule": _rules(rules),
    }
    if alert.techniques:
        found["threat"] = {"framework": "MITRE ATT&CK", "technique": _techniques(alert.techniques)}
    if network := _network(alert):
        found["network"] = network
    found["observer"] = _observer(sensor, alert.interfaces, capture)
    found["nmapwatchd"] = _own(alert, capture)
    return found


def _rules(rules: Sequence[Rule]) -> Document:
    return {
        "id": [name(rule.id) for rule in rules],
        "name": [name(rule.title) for rule in rules],
        "reference": [name(rule.reference) for rule in rules],
    }


def _techniques(techniques: Sequence[str]) -> Document:
    ids = names(techniques)
    return {"id": ids, "name": [_TECHNIQUES.get(id_, id_) for id_ in ids]}


def _network(alert: Alert) -> Document:
    network: Document = {}
    transports = [_TRANSPORTS.get(transport, transport) for transport in names(alert.transports)]
    if any(transports):
        network["transport"] = _one_or_all([transport for transport in transports if transport])
    if alert.vlans:
        network["vlan"] = {"id": _one_or_all(names(alert.vlans))}
    return network


def _own(alert: Alert, capture: str) -> Document:
    """Return the fields that ECS does not define."""
    rules, left_out = alert.rules[:MAXIMUM_RULES], alert.rules[MAXIMUM_RULES:]
    own: Document = {
        "tool": name(alert.tool),
        "scan": {"id": name(alert.scan_id), "identity": printable(alert.identity)},
        "confidence": alert.confidence.value,
        "sightings": alert.sightings,
        "targets": len(alert.targets) + alert.targets_omitted,
        "targets_omitted": alert.targets_omitted + omitted(alert.targets),
        "ports": len(alert.ports) + alert.ports_omitted,
        "ports_omitted": alert.ports_omitted + omitted(alert.ports),
        "counts": {name(rule.id): rule.count for rule in rules},
        "rules_omitted": len(left_out),
        "sightings_omitted": sum(rule.count for rule in left_out),
        "options": names(alert.explanation.options),
        "options_omitted": omitted(alert.explanation.options),
        "evidence": [
            {
                "rule": name(item.rule),
                "field": name(item.field),
                "value": printable(from_wire(item.value)),
            }
            for item in alert.evidence[:MAXIMUM_LISTED]
        ],
        "evidence_omitted": max(0, len(alert.rules) - len(alert.evidence[:MAXIMUM_LISTED])),
        "capture": _capture(alert.interfaces, capture),
    }
    if alert.expected:
        own["expected"] = name(alert.expected)
    if alert.caveats:
        own["caveats"] = names(alert.caveats)
    if alert.decoys:
        own["decoys"] = names(alert.decoys)
        own["decoys_omitted"] = alert.decoys_omitted + omitted(alert.decoys)
    if alert.outer:
        own["outer"] = _outer(alert)
    if alert.closed_by:
        own["closed_by"] = name(alert.closed_by)
    return own


def _flood(flood: FloodSummary, sensor: Sensor, capture: str) -> Document:
    rules = flood.rules[:MAXIMUM_LISTED]
    own: Document = {
        "tool": name(flood.tool),
        "scan": {"id": name(flood.flood_id)},
        "sources": flood.sources,
        "sources_omitted": max(0, flood.sources - len(flood.listed[:MAXIMUM_LISTED])),
        "macs": len(flood.macs) + flood.macs_omitted,
        "macs_omitted": flood.macs_omitted + omitted(flood.macs),
        "targets": len(flood.targets) + flood.targets_omitted,
        "targets_omitted": flood.targets_omitted + omitted(flood.targets),
        "ports": len(flood.ports) + flood.ports_omitted,
        "ports_omitted": flood.ports_omitted + omitted(flood.ports),
        "counts": {name(rule.id): rule.count for rule in rules},
        "capture": _capture(flood.interfaces, capture),
    }
    if flood.caveats:
        own["caveats"] = names(flood.caveats)
    if flood.closed_by:
        own["closed_by"] = name(flood.closed_by)
    found: Document = {
        "@timestamp": timestamp(flood.at),
        "ecs": {"version": ECS_VERSION},
        "event": {
            "kind": "alert",
            "category": ["network", "intrusion_detection"],
            "type": [ACTIONS[flood.action].event_type],
            "action": flood.action.value,
            "id": name(flood.flood_id),
            "start": timestamp(flood.start),
            "end": timestamp(flood.end),
            "severity": severity(flood).severity,
            "dataset": DATASET,
        },
        "message": summarise(flood),
        # Not source.ip, which software blocks: most of these addresses are probably forged.
        "related": {"ip": names(flood.listed)},
        "destination": {
            "ip": names(flood.targets),
            "port": list(flood.ports[:MAXIMUM_LISTED]),
        },
        "rule": _rules(rules),
    }
    if flood.macs:
        macs = [mac_address(address) for address in flood.macs[:MAXIMUM_LISTED]]
        found["source"] = {"mac": _one_or_all(macs)}
    if flood.vlans:
        found["network"] = {"vlan": {"id": _one_or_all(names(flood.vlans))}}
    found["observer"] = _observer(sensor, flood.interfaces, capture)
    found["nmapwatchd"] = own
    return found


def _outer(alert: Alert) -> Document:
    """Return the ends of the tunnels around the packets, each once."""
    ends = [tunnel.partition(">") for tunnel in alert.outer[:MAXIMUM_LISTED]]
    return {
        "source": names(tuple(dict.fromkeys(source for source, _, _ in ends))),
        "destination": names(tuple(dict.fromkeys(destination for *_, destination in ends))),
    }


def _event(event: SensorEvent, sensor: Sensor, capture: str) -> Document:
    return {
        "@timestamp": timestamp(event.at),
        "ecs": {"version": ECS_VERSION},
        "event": {
            "kind": "event",
            "category": ["process"],
            "type": [ACTIONS[event.action].event_type],
            "action": event.action.value,
            "id": event_id(event),
            "severity": severity(event).severity,
            "dataset": DATASET,
        },
        "message": summarise(event),
        "observer": _observer(sensor, event.interfaces, capture),
        "nmapwatchd": {
            "detail": printable(event.detail),
            "counts": {
                name(counter): count
                for counter, count in list(event.counts.items())[:MAXIMUM_LISTED]
            },
            "capture": _capture(event.interfaces, capture),
        },
    }


def _observer(sensor: Sensor, interfaces: Sequence[str], capture: str) -> Document:
    observer: Document = {
        "hostname": name(sensor.hostname),
        "product": PROGRAM,
        "version": sensor.version,
    }
    # A replayed capture was read from a file, not from an interface.
    if interfaces and not capture:
        observer["ingress"] = {"interface": {"name": _one_or_all(names(interfaces))}}
    return observer


def _capture(interfaces: Sequence[str], capture: str) -> str:
    return printable(capture) if capture else ",".join(names(interfaces))


def _one_or_all(values: list[_T]) -> _T | list[_T]:
    """Return a single value as a scalar, for fields that ECS does not define as arrays."""
    return values[0] if len(values) == 1 else values
