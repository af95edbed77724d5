"""A message as flat fields, for the sinks that know no objects."""

import re
from collections.abc import Iterator

from nmapwatchd.core.alert import Alert, Message, SensorEvent
from nmapwatchd.formats.ecs import MAXIMUM_LISTED, MAXIMUM_NAME, event_id, mac, timestamp
from nmapwatchd.formats.escape import from_wire, printable
from nmapwatchd.formats.severity import severity

Flat = Iterator[tuple[str, tuple[str, ...]]]


def fields(message: Message) -> Flat:
    """Yield each field's name and its printable values, what matters most first."""
    yield "action", (message.action.value,)
    yield "event_id", (printable(event_id(message), MAXIMUM_NAME),)
    yield "severity", (str(severity(message)),)
    if isinstance(message, Alert):
        yield from _alert(message)
    else:
        yield from _event(message)


def _alert(alert: Alert) -> Flat:
    yield "source", _printable((alert.source,))
    yield "confidence", (alert.confidence.value,)
    if alert.expected:
        yield "expected", _printable((alert.expected,))
    if alert.caveats:
        yield "caveat", _printable(alert.caveats)
    if alert.decoys:
        yield "decoys", (str(len(alert.decoys) + alert.decoys_omitted),)
        yield "decoys_omitted", (str(alert.decoys_omitted),)
    if alert.closed_by:
        yield "closed_by", _printable((alert.closed_by,))
    yield "start", (timestamp(alert.start),)
    yield "end", (timestamp(alert.end),)
    yield "sightings", (str(alert.sightings),)
    yield "signatures", (str(len(alert.rules)),)
    yield "targets", (str(len(alert.targets) + alert.targets_omitted),)
    yield "targets_omitted", (str(alert.targets_omitted),)
    yield "ports", (str(len(alert.ports) + alert.ports_omitted),)
    yield "ports_omitted", (str(alert.ports_omitted),)
    yield "options", _printable(alert.options)
    yield (
        "evidence",
        tuple(
            f"{printable(quote.field, MAXIMUM_NAME)}={printable(from_wire(quote.value))}"
            for quote in alert.evidence[:MAXIMUM_LISTED]
        ),
    )
    yield "rule", _printable(tuple(rule.id for rule in alert.rules))
    yield "interface", _printable(alert.interfaces)
    yield "vlan", _printable(alert.vlans)
    yield "mac", tuple(mac(address) for address in alert.macs[:MAXIMUM_LISTED])
    yield "decoy", _printable(alert.decoys)
    yield "target", _printable(alert.targets)
    yield "port", tuple(str(port) for port in alert.ports[:MAXIMUM_LISTED])


def _event(event: SensorEvent) -> Flat:
    yield "interface", _printable(event.interfaces)
    yield "detail", _printable((event.detail,))
    for name, count in list(event.counts.items())[:MAXIMUM_LISTED]:
        # What both syslog and the journal accept as a name.
        yield f"count_{re.sub('[^a-z0-9_]', '_', name.lower())[:20]}", (str(count),)


def _printable(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(printable(value, MAXIMUM_NAME) for value in values[:MAXIMUM_LISTED])
