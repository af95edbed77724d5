"""A message as one object of the Elastic Common Schema, one line of JSON."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, assert_never

from nmapwatchd.core.alert import Action, Alert, Message, SensorEvent
from nmapwatchd.core.observation import Transport
from nmapwatchd.formats.escape import from_wire, printable
from nmapwatchd.formats.sensor import PROGRAM, Sensor
from nmapwatchd.formats.severity import severity
from nmapwatchd.formats.summary import sentence

Document = dict[str, Any]

ECS_VERSION = "8.17.0"
DATASET = "nmapwatchd.alert"
# Signatures that one alert lists: more than the catalogue has, so that the counts add up to the
# sightings; a site that adds thousands of its own is told what was left out.
MAXIMUM_RULES = 1024
# Members of every other list: what core.window lists of targets and ports.
MAXIMUM_LISTED = 32
# Characters of a name: an address, an interface, a signature's title.
MAXIMUM_NAME = 256

_T = TypeVar("_T")

# Names of the ATT&CK techniques that signatures are evidence of.
_TECHNIQUES = {"T1046": "Network Service Discovery"}
# Transports that ECS calls otherwise, or that are none.
_TRANSPORTS = {Transport.ICMPV6.value: "ipv6-icmp", Transport.IP.value: ""}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Microseconds to the end of the year 9999, the last that a timestamp can name; a capture file may
# claim any.
_LAST = (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC) - _EPOCH) // timedelta(
    microseconds=1
)
_EVENT_TYPES = {Action.SENSOR_STARTED: "start", Action.SENSOR_STOPPED: "end"}


def line(message: Message, sensor: Sensor, capture: str = "") -> str:
    """Return a message as one line of ASCII JSON, without the newline."""
    return json.dumps(document(message, sensor, capture), separators=(",", ":"))


def document(message: Message, sensor: Sensor, capture: str = "") -> Document:
    """
    Return a message as an ECS object whose keys always come in the same order.

    Args:
        message: what happened.
        sensor: who says so.
        capture: what the capture is called in replay; empty where traffic is live, which is then
            called by its interfaces.
    """
    match message:
        case Alert():
            return _alert(message, sensor, capture)
        case SensorEvent():
            return _event(message, sensor, capture)
        case _:
            assert_never(message)


def timestamp(nanoseconds: int, precision: str = "milliseconds") -> str:
    """Return a packet time as ISO 8601, in UTC."""
    moment = _EPOCH + timedelta(microseconds=min(max(nanoseconds // 1000, 0), _LAST))
    return moment.replace(tzinfo=None).isoformat(timespec=precision) + "Z"


def event_id(message: Message) -> str:
    """Return the window's id, or for a sensor's event one that depends on nothing but it."""
    if isinstance(message, Alert):
        return message.scan_id
    text = "\0".join((message.action, str(message.at), *message.interfaces, message.detail))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def mac(address: str) -> str:
    """Return a hardware address as ECS writes it: 52-54-00-12-34-56."""
    return printable(address.replace(":", "-").upper(), MAXIMUM_NAME)


def _alert(alert: Alert, sensor: Sensor, capture: str) -> Document:
    rules = alert.rules[:MAXIMUM_RULES]
    source: Document = {"ip": printable(alert.source, MAXIMUM_NAME)}
    if alert.macs:
        source["mac"] = _one_or_all([mac(address) for address in alert.macs])
    if alert.source_ports:
        source["port"] = _one_or_all(list(alert.source_ports[:MAXIMUM_LISTED]))
    found: Document = {
        "@timestamp": timestamp(alert.at),
        "ecs": {"version": ECS_VERSION},
        "event": {
            "kind": "alert",
            "category": ["network", "intrusion_detection"],
            "type": ["info"],
            "action": alert.action.value,
            "id": printable(event_id(alert), MAXIMUM_NAME),
            "start": timestamp(alert.start),
            "end": timestamp(alert.end),
            "severity": severity(alert),
            "dataset": DATASET,
        },
        "message": sentence(alert),
        "source": source,
        "destination": {
            "ip": _names(alert.targets),
            "port": list(alert.ports[:MAXIMUM_LISTED]),
        },
        "rule": {
            "id": [printable(rule.id, MAXIMUM_NAME) for rule in rules],
            "name": [printable(rule.title, MAXIMUM_NAME) for rule in rules],
            "reference": [printable(rule.reference, MAXIMUM_NAME) for rule in rules],
        },
    }
    if alert.techniques:
        found["threat"] = {"framework": "MITRE ATT&CK", "technique": _techniques(alert.techniques)}
    if network := _network(alert):
        found["network"] = network
    found["observer"] = _observer(sensor, alert.interfaces, capture)
    found["nmapwatchd"] = _own(alert, capture)
    return found


def _techniques(techniques: Sequence[str]) -> Document:
    ids = _names(techniques)
    return {"id": ids, "name": [_TECHNIQUES.get(id_, id_) for id_ in ids]}


def _network(alert: Alert) -> Document:
    network: Document = {}
    transports = [_TRANSPORTS.get(name, name) for name in _names(alert.transports)]
    if any(transports):
        network["transport"] = _one_or_all([name for name in transports if name])
    if alert.vlans:
        network["vlan"] = {"id": _one_or_all(_names(alert.vlans))}
    return network


def _own(alert: Alert, capture: str) -> Document:
    """Return what ECS has no name for."""
    rules, left_out = alert.rules[:MAXIMUM_RULES], alert.rules[MAXIMUM_RULES:]
    own: Document = {
        "tool": printable(alert.tool, MAXIMUM_NAME),
        "scan": {
            "id": printable(alert.scan_id, MAXIMUM_NAME),
            "identity": printable(alert.identity),
        },
        "confidence": alert.confidence.value,
        "sightings": alert.sightings,
        "targets": len(alert.targets) + alert.targets_omitted,
        "targets_omitted": alert.targets_omitted + _beyond(alert.targets),
        "ports": len(alert.ports) + alert.ports_omitted,
        "ports_omitted": alert.ports_omitted + _beyond(alert.ports),
        "counts": {printable(rule.id, MAXIMUM_NAME): rule.count for rule in rules},
        "rules_omitted": len(left_out),
        "sightings_omitted": sum(rule.count for rule in left_out),
        "options": _names(alert.options),
        "sent_by_omitted": _beyond(alert.options),
        "evidence": [
            {
                "rule": printable(quote.rule, MAXIMUM_NAME),
                "field": printable(quote.field, MAXIMUM_NAME),
                "value": printable(from_wire(quote.value)),
            }
            for quote in alert.evidence[:MAXIMUM_LISTED]
        ],
        "evidence_omitted": max(0, len(alert.rules) - len(alert.evidence[:MAXIMUM_LISTED])),
        "capture": _capture(alert.interfaces, capture),
    }
    if alert.expected:
        own["expected"] = printable(alert.expected, MAXIMUM_NAME)
    if alert.caveats:
        own["caveats"] = _names(alert.caveats)
    if alert.decoys:
        own["decoys"] = _names(alert.decoys)
        own["decoys_omitted"] = alert.decoys_omitted + _beyond(alert.decoys)
    if alert.closed_by:
        own["closed_by"] = printable(alert.closed_by, MAXIMUM_NAME)
    return own


def _event(event: SensorEvent, sensor: Sensor, capture: str) -> Document:
    return {
        "@timestamp": timestamp(event.at),
        "ecs": {"version": ECS_VERSION},
        "event": {
            "kind": "event",
            "category": ["process"],
            "type": [_EVENT_TYPES.get(event.action, "info")],
            "action": event.action.value,
            "id": event_id(event),
            "severity": severity(event),
            "dataset": DATASET,
        },
        "message": sentence(event),
        "observer": _observer(sensor, event.interfaces, capture),
        "nmapwatchd": {
            "detail": printable(event.detail),
            "counts": {
                printable(name, MAXIMUM_NAME): count
                for name, count in list(event.counts.items())[:MAXIMUM_LISTED]
            },
            "capture": _capture(event.interfaces, capture),
        },
    }


def _observer(sensor: Sensor, interfaces: Sequence[str], capture: str) -> Document:
    observer: Document = {
        "hostname": printable(sensor.hostname, MAXIMUM_NAME),
        "product": PROGRAM,
        "version": sensor.version,
    }
    # In replay the packets came in through a file, not an interface.
    if interfaces and not capture:
        observer["ingress"] = {"interface": {"name": _one_or_all(_names(interfaces))}}
    return observer


def _capture(interfaces: Sequence[str], capture: str) -> str:
    return printable(capture) if capture else ",".join(_names(interfaces))


def _names(values: Sequence[str]) -> list[str]:
    return [printable(value, MAXIMUM_NAME) for value in values[:MAXIMUM_LISTED]]


def _one_or_all(values: list[_T]) -> _T | list[_T]:
    """Return a plain value where there is one, for fields that ECS does not call arrays."""
    return values[0] if len(values) == 1 else values


def _beyond(values: Sequence[object]) -> int:
    return max(0, len(values) - MAXIMUM_LISTED)
