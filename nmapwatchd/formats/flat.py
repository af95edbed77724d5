"""A message as flat fields, for formats without nested objects."""

import re
from collections.abc import Iterator

from nmapwatchd.core.alert import Alert, FloodSummary, Message, SensorEvent
from nmapwatchd.formats.escape import from_wire, printable
from nmapwatchd.formats.identity import event_id
from nmapwatchd.formats.severity import severity
from nmapwatchd.formats.values import MAXIMUM_LISTED, mac_address, name, names, timestamp

FlatFields = Iterator[tuple[str, tuple[str, ...]]]

# Characters of a counter's name, so that syslog (32 characters) and the journal (64) accept it.
_MAXIMUM_COUNTER = 20


def flat_fields(message: Message) -> FlatFields:
    """Yield each field's name and its printable values, most important first."""
    yield "action", (message.action.value,)
    yield "event_id", (name(event_id(message)),)
    yield "severity", (str(severity(message).severity),)
    if isinstance(message, Alert):
        yield from _alert(message)
    elif isinstance(message, FloodSummary):
        yield from _flood(message)
    else:
        yield from _event(message)


def _alert(alert: Alert) -> FlatFields:
    yield "source", (name(alert.source),)
    yield "confidence", (alert.confidence.value,)
    if alert.expected:
        yield "expected", (name(alert.expected),)
    if alert.caveats:
        yield "caveat", _names(alert.caveats)
    if alert.decoys:
        yield "decoys", (str(len(alert.decoys) + alert.decoys_omitted),)
        yield "decoys_omitted", (str(alert.decoys_omitted),)
    if alert.closed_by:
        yield "closed_by", (name(alert.closed_by),)
    yield "start", (timestamp(alert.start),)
    yield "end", (timestamp(alert.end),)
    yield "sightings", (str(alert.sightings),)
    yield "signatures", (str(len(alert.rules)),)
    yield "targets", (str(len(alert.targets) + alert.targets_omitted),)
    yield "targets_omitted", (str(alert.targets_omitted),)
    yield "ports", (str(len(alert.ports) + alert.ports_omitted),)
    yield "ports_omitted", (str(alert.ports_omitted),)
    yield "options", _names(alert.explanation.options)
    yield (
        "evidence",
        tuple(
            f"{name(item.field)}={printable(from_wire(item.value))}"
            for item in alert.evidence[:MAXIMUM_LISTED]
        ),
    )
    yield "rule", _names(tuple(rule.id for rule in alert.rules))
    yield "interface", _names(alert.interfaces)
    yield "vlan", _names(alert.vlans)
    if alert.outer:
        yield "outer", _names(alert.outer)
    yield "mac", tuple(mac_address(address) for address in alert.macs[:MAXIMUM_LISTED])
    yield "decoy", _names(alert.decoys)
    yield "target", _names(alert.targets)
    yield "port", tuple(str(port) for port in alert.ports[:MAXIMUM_LISTED])


def _flood(flood: FloodSummary) -> FlatFields:
    yield "sources", (str(flood.sources),)
    if flood.caveats:
        yield "caveat", _names(flood.caveats)
    if flood.closed_by:
        yield "closed_by", (name(flood.closed_by),)
    yield "start", (timestamp(flood.start),)
    yield "end", (timestamp(flood.end),)
    yield "macs", (str(len(flood.macs) + flood.macs_omitted),)
    yield "targets", (str(len(flood.targets) + flood.targets_omitted),)
    yield "ports", (str(len(flood.ports) + flood.ports_omitted),)
    yield "rule", _names(tuple(rule.id for rule in flood.rules))
    yield "interface", _names(flood.interfaces)
    yield "vlan", _names(flood.vlans)
    yield "mac", tuple(mac_address(address) for address in flood.macs[:MAXIMUM_LISTED])
    yield "listed_source", _names(flood.listed)
    yield "target", _names(flood.targets)
    yield "port", tuple(str(port) for port in flood.ports[:MAXIMUM_LISTED])


def _event(event: SensorEvent) -> FlatFields:
    yield "interface", _names(event.interfaces)
    yield "detail", (name(event.detail),)
    for counter, count in list(event.counts.items())[:MAXIMUM_LISTED]:
        suffix = re.sub("[^a-z0-9_]", "_", counter.lower())[:_MAXIMUM_COUNTER]
        yield f"count_{suffix}", (str(count),)


def _names(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(names(values))
