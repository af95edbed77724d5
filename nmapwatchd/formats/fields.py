"""
The table of fields: one row per field, from which every structured format is compiled.

JSON documents (formats/ecs.py), structured data and CEF (formats/flat.py), journal entries
(formats/journal.py) and docs/alerts.md (exports/alerts.py) have no list of fields of their own.

Names and types are those of the Elastic Common Schema (ECS) as far as it defines the field. Where
ECS has one value, so has the field, the first one; all of them are in a list below `nmapwatchd`.
A document never has an array of objects, nor data as a key.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields

from nmapwatchd.core.alert import Action, Alert, FloodSummary, Message, SensorEvent
from nmapwatchd.core.counters import Counters
from nmapwatchd.formats import field_values as take
from nmapwatchd.formats.actions import ACTIONS
from nmapwatchd.formats.attack import FRAMEWORK, tactics, technique_name, technique_page
from nmapwatchd.formats.field import Context, Field, Rows, Type, Value
from nmapwatchd.formats.identity import event_id, scan_id
from nmapwatchd.formats.sensor import PROGRAM
from nmapwatchd.formats.severity import severity
from nmapwatchd.formats.summary import summarise
from nmapwatchd.formats.values import timestamp

ECS_VERSION = "9.4.0"
DATASET = f"{PROGRAM}.alert"
# The greatest `long` of Elasticsearch.
_MAXIMUM_LONG = 2**63 - 1

_any = Rows[Message](Alert, FloodSummary, SensorEvent)
_scan = Rows[Alert | FloodSummary](Alert, FloodSummary)
_alert = Rows[Alert](Alert)
_flood = Rows[FloodSummary](FloodSummary)
_event = Rows[SensorEvent](SensorEvent)


def _counter(name: str) -> Callable[[SensorEvent, Context], Value]:
    # An event without the counters does not know them; they are not 0.
    return lambda event, _: event.counts.get(name, "")


def _counters() -> Iterator[Field]:
    """Yield a row per counter of the sensor, with the meaning that its docstring states."""
    text = inspect.getdoc(Counters) or ""
    meanings = dict(re.findall(r"^ {4}(\w+): ((?:.+\n?)(?: {6,}.+\n?)*)", text, re.MULTILINE))
    for counter in fields(Counters):
        meaning = " ".join(meanings.get(counter.name, "").split())
        yield _event(
            f"nmapwatchd.counters.{counter.name}", Type.LONG,
            f"Since the start: {meaning}" if meaning else "",
            _counter(counter.name), flat=f"count_{counter.name}",
        )  # fmt: skip


# In the order in which flat formats write the fields: what must survive a cut comes first.
FIELDS: tuple[Field, ...] = (
    _any(
        "event.action", Type.KEYWORD, "What the message is about.",
        lambda m, _: m.action.value, flat="action", cef="act",
    ),
    _any(
        "event.id", Type.KEYWORD,
        "The id of the message; a message that is sent again has the same.",
        lambda m, c: c.name(event_id(m)), flat="event_id", cef="externalId",
    ),
    _scan(
        "nmapwatchd.scan.id", Type.KEYWORD,
        "The id of the scan, or of the flood, that the message is about.",
        lambda m, c: c.name(scan_id(m)), flat="scan_id", cef="cs1",
    ),
    _scan(
        "event.sequence", Type.LONG, "The number of the message among those of its scan, from 1.",
        lambda m, _: m.sequence, flat="sequence", cef="cn1",
    ),
    _any(
        "event.severity", Type.LONG, "How severe the message is, 1 to 10.",
        lambda m, _: severity(m).severity, flat="severity",
    ),
    _any(
        "event.risk_score", Type.FLOAT, "How severe the message is, 0 to 100.",
        lambda m, _: severity(m).risk_score, flat="risk_score", cef="cn2",
    ),
    _alert(
        "source.address", Type.KEYWORD, "The scanner's address.",
        lambda a, c: c.name(a.source), flat="source", cef="src",
    ),
    _alert(
        "source.ip", Type.IP, "The scanner's address.",
        lambda a, c: take.first(c.addresses((a.source,))),
    ),
    _flood(
        "nmapwatchd.sources", Type.LONG,
        "The number of scans in the flood; a source that pauses is counted again.",
        lambda f, _: f.sources, flat="sources", cef="cnt",
    ),
    _flood(
        "nmapwatchd.sources_omitted", Type.LONG, "The number of those without their address.",
        lambda f, c: max(0, f.sources - len(f.listed[: c.bounds.members])),
        flat="sources_omitted", omits_zero=True,
    ),
    _scan(
        "nmapwatchd.tool", Type.KEYWORD, "The software that scans.",
        lambda m, c: c.name(m.tool), flat="tool", cef="sproc",
    ),
    _alert(
        "nmapwatchd.confidence", Type.KEYWORD,
        "The confidence of the most certain signature: `exclusive`, `strong` or `weak`.",
        lambda a, _: a.confidence.value, flat="confidence", cef="flexString2",
    ),
    _alert(
        "nmapwatchd.expected", Type.KEYWORD, "The authorisation that covers the scan.",
        lambda a, c: c.name(a.expected), flat="expected", cef="cs6",
    ),
    _scan(
        "nmapwatchd.caveats", Type.KEYWORD,
        "Why the source may not be the scanner: `spoofable`, `proxied`, `tunnelled`, `relayable`;"
        " the scanner not the tool: `shared_probes`; or the totals not all: `incomplete`.",
        lambda m, c: c.names(m.caveats), is_list=True, flat="caveat", cef="cs5",
    ),
    _alert(
        "nmapwatchd.decoys", Type.LONG,
        "The number of other addresses that sent the same packets.",
        lambda a, _: len(a.decoys) + a.decoys_omitted, flat="decoys", omits_zero=True,
    ),
    _alert(
        "nmapwatchd.decoys_omitted", Type.LONG, "The number of those not listed.",
        lambda a, c: c.omitted(a.decoys, a.decoys_omitted),
        flat="decoys_omitted", omits_zero=True,
    ),
    _scan(
        "nmapwatchd.closed_by", Type.KEYWORD,
        "Why the scan is over: `idle`, `shutdown`, `eviction` or `clock`; no value before.",
        lambda m, c: c.name(m.closed_by), flat="closed_by", cef="reason",
    ),
    _event(
        "nmapwatchd.detail", Type.KEYWORD, "What happened, for a person.",
        lambda e, c: c.text(e.detail), flat="detail", cef="reason",
    ),
    _scan(
        "event.start", Type.DATE, "The time of the scan's first packet.",
        lambda m, _: timestamp(m.start), flat="start", cef="start",
    ),
    _scan(
        "event.end", Type.DATE, "The time of the latest packet.",
        lambda m, _: timestamp(m.end), flat="end", cef="end",
    ),
    _scan(
        "event.duration", Type.LONG, "From the first packet to the latest, in nanoseconds.",
        lambda m, _: min(max(0, m.end - m.start), _MAXIMUM_LONG), flat="duration",
    ),
    _alert(
        "nmapwatchd.sightings", Type.LONG,
        "The number of hits: a signature that matched a packet is one.",
        lambda a, _: a.sightings, flat="sightings", cef="cnt",
    ),
    _alert(
        "nmapwatchd.packets", Type.LONG, "The number of packets with a hit.",
        lambda a, _: a.packets, flat="packets", cef="cn3",
    ),
    _scan(
        "nmapwatchd.signatures", Type.LONG, "The number of signatures with a hit.",
        lambda m, _: len(m.rules), flat="signatures",
    ),
    _flood(
        "nmapwatchd.macs", Type.LONG, "The number of MAC addresses that sent the packets.",
        lambda f, _: len(f.macs) + f.macs_omitted, flat="macs",
    ),
    _flood(
        "nmapwatchd.macs_omitted", Type.LONG, "The number of those not listed.",
        lambda f, c: c.omitted(f.macs, f.macs_omitted), flat="macs_omitted", omits_zero=True,
    ),
    _scan(
        "nmapwatchd.targets", Type.LONG, "The number of addresses scanned.",
        lambda m, _: len(m.targets) + m.targets_omitted, flat="targets", cef="flexNumber1",
    ),
    _scan(
        "nmapwatchd.targets_omitted", Type.LONG, "The number of those not listed.",
        lambda m, c: c.omitted(m.targets, m.targets_omitted),
        flat="targets_omitted", omits_zero=True,
    ),
    _scan(
        "nmapwatchd.ports", Type.LONG, "The number of ports scanned.",
        lambda m, _: len(take.ports(m)) + m.ports_omitted, flat="ports", cef="flexNumber2",
    ),
    _scan(
        "nmapwatchd.ports_omitted", Type.LONG, "The number of those not listed.",
        lambda m, c: c.omitted(take.ports(m), m.ports_omitted),
        flat="ports_omitted", omits_zero=True,
    ),
    _alert(
        "nmapwatchd.transport", Type.KEYWORD,
        "The protocols that carried the packets: `tcp`, `udp`, `sctp`, `icmp`, `ipv6-icmp`, or `ip`"
        " for any other.",
        take.transports, is_list=True, flat="transport", cef="proto",
    ),
    _alert(
        "nmapwatchd.options", Type.KEYWORD,
        "The options and scripts of the tool that the hits prove.",
        lambda a, c: c.names(a.explanation.options), is_list=True, flat="option", cef="cs3",
    ),
    _alert(
        "nmapwatchd.options_possible", Type.KEYWORD,
        "Those that may have been among them, but are not proven.",
        lambda a, c: c.names(a.explanation.possible), is_list=True, flat="option_possible",
    ),
    _alert(
        "nmapwatchd.command", Type.KEYWORD, "The shortest command that has the proven options.",
        lambda a, c: c.name(a.explanation.command), flat="command", cef="flexString1",
    ),
    _alert(
        "", Type.KEYWORD,
        "Fields and values by which signatures matched, as `field=value`; structured data has the"
        " first only.",
        take.quoted_evidence, is_list=True, flat="evidence", cef="cs4",
    ),
    _scan(
        "nmapwatchd.rule.id", Type.KEYWORD, "The signatures, the most certain first.",
        take.of_rules("id"),
        is_list=True, flat="rule", cef="cs2",
    ),
    _alert(
        "threat.technique.id", Type.KEYWORD, "The ATT&CK techniques that the scan is evidence of.",
        take.techniques, is_list=True, flat="technique", cef="cat",
    ),
    _any(
        "nmapwatchd.interface.name", Type.KEYWORD,
        "The interfaces that the packets were captured on, or that the event concerns.",
        take.interfaces, is_list=True, flat="interface", cef="deviceInboundInterface",
    ),
    _scan(
        "nmapwatchd.vlan.id", Type.KEYWORD, "The VLANs of the packets.",
        lambda m, c: c.names(m.vlans), is_list=True, flat="vlan",
    ),
    _alert(
        "", Type.KEYWORD, "The IP tunnels around the packets, as `source>destination`.",
        lambda a, c: c.names(a.outer), is_list=True, flat="outer",
    ),
    _scan(
        "nmapwatchd.source.mac", Type.KEYWORD, "The MAC addresses that sent the packets.",
        take.macs, is_list=True, flat="mac", cef="smac",
    ),
    _flood(
        "nmapwatchd.source.ip", Type.IP,
        "The first sources of the flood; most are probably spoofed, so none is in `source.ip`.",
        lambda f, c: c.addresses(f.listed), is_list=True, flat="listed_source",
    ),
    _alert(
        "nmapwatchd.decoy.ip", Type.IP,
        "Other addresses that sent the same packets: the scanner's decoys.",
        lambda a, c: c.addresses(a.decoys), is_list=True, flat="decoy",
    ),
    _scan(
        "nmapwatchd.target.ip", Type.IP, "The addresses scanned, in order of appearance.",
        lambda m, c: c.addresses(m.targets), is_list=True, flat="target", cef="dst",
    ),
    _scan(
        "nmapwatchd.target.port", Type.LONG, "The ports scanned, in order of appearance.",
        lambda m, c: c.numbers(take.ports(m)), is_list=True, flat="port", cef="dpt",
    ),
    _alert(
        "nmapwatchd.near_authorisation", Type.KEYWORD,
        "The authorisation that is for this scanner, but does not cover the scan.",
        lambda a, c: c.name(a.near_authorisation), flat="near_authorisation",
    ),
    _alert(
        "nmapwatchd.not_covered_because", Type.KEYWORD, "Why it does not cover the scan.",
        lambda a, c: c.text(a.not_covered_because), flat="not_covered_because",
    ),
    _alert(
        "nmapwatchd.scan.identity", Type.KEYWORD,
        "What identifies the scanner, the same for all of its scans, on every sensor.",
        lambda a, c: c.text(a.identity), flat="identity",
    ),
    *_counters(),
    _any(
        "@timestamp", Type.DATE, "The time of the packet, or of the event, that caused it.",
        lambda m, _: timestamp(m.at), cef="rt",
    ),
    _any(
        "event.created", Type.DATE,
        "When the sensor made the message, in the time of the packets: the same as `@timestamp`, so"
        " that a message that is sent again is the same document.",
        lambda m, _: timestamp(m.at),
    ),
    _any(
        "message", Type.TEXT, "The message as a sentence, the same in every format.",
        lambda m, _: summarise(m), cef="msg",
    ),
    _any("ecs.version", Type.KEYWORD, "The version of ECS.", lambda _, __: ECS_VERSION),
    _any(
        "event.kind", Type.KEYWORD,
        "`alert` if a scan was detected (`scan-opened`), `event` for anything else.",
        lambda m, _: "alert" if m.action is Action.SCAN_OPENED else "event",
    ),
    _any(
        "event.category", Type.KEYWORD,
        "`network` and `intrusion_detection` for scans, `process` for events of the sensor.",
        lambda m, _: (
            ["process"] if isinstance(m, SensorEvent) else ["network", "intrusion_detection"]
        ),
        is_list=True,
    ),
    _any(
        "event.type", Type.KEYWORD, "`start`, `end` or `info`.",
        lambda m, _: [ACTIONS[m.action].event_type], is_list=True,
    ),
    _any("event.module", Type.KEYWORD, "The program.", lambda _, __: PROGRAM),
    _any("event.dataset", Type.KEYWORD, "The same in all documents.", lambda _, __: DATASET),
    _any("event.reference", Type.KEYWORD, "Where such an event is described.", take.reference),
    _any(
        "tags", Type.KEYWORD,
        "`scan`, with what it does (`discovery`, `os-detection`, `services`, `intrusive`) and"
        " `authorised`; `scan` and `flood`; or `sensor`. `replay` if it is from a capture file.",
        take.tags, is_list=True,
    ),
    _scan(
        "source.mac", Type.KEYWORD, "The first MAC address that sent the packets.",
        lambda m, c: take.first(take.macs(m, c)),
    ),
    _alert(
        "source.port", Type.LONG, "The first port that the packets were sent from.",
        lambda a, _: take.first(a.source_ports),
    ),
    _alert(
        "nmapwatchd.source.port", Type.LONG, "The ports that the packets were sent from.",
        lambda a, c: c.numbers(a.source_ports), is_list=True,
    ),
    _alert(
        "nmapwatchd.on_link", Type.BOOLEAN,
        "Whether the scanner is on a captured link, so that the MAC address is its own.",
        lambda a, _: a.on_link,
    ),
    _scan(
        "destination.ip", Type.IP, "The first address scanned.",
        lambda m, c: take.first(c.addresses(m.targets)),
    ),
    _scan(
        "destination.port", Type.LONG, "The first port scanned.",
        lambda m, _: take.first(take.ports(m)),
    ),
    _scan(
        "related.ip", Type.IP,
        "All addresses of the message: sources, targets, decoys, ends of tunnels.",
        take.related, is_list=True,
    ),
    _alert(
        "network.transport", Type.KEYWORD, "The first transport; no value for `ip`.",
        lambda a, c: take.first(take.named_transports(a, c)),
    ),
    _scan(
        "network.type", Type.KEYWORD, "`ipv4` or `ipv6`.",
        take.network_type,
    ),
    _scan(
        "network.vlan.id", Type.KEYWORD, "The first VLAN.",
        lambda m, c: take.first(c.names(m.vlans)),
    ),
    _scan(
        "rule.id", Type.KEYWORD, "The first signature.", take.of_first_rule("id"),
    ),
    _scan("rule.name", Type.KEYWORD, "Its title.", take.of_first_rule("title")),
    _scan(
        "rule.reference", Type.KEYWORD, "The file of the tool that it was derived from.",
        take.of_first_rule("reference"),
    ),
    _scan("rule.ruleset", Type.KEYWORD, "The catalogue of signatures.", lambda _, __: PROGRAM),
    _scan(
        "rule.version", Type.KEYWORD, "Its version: that of the program.",
        lambda _, c: c.name(c.sensor.version),
    ),
    _alert(
        "threat.framework", Type.KEYWORD, "The framework of techniques and tactics.",
        lambda a, _: FRAMEWORK if a.techniques else "",
    ),
    _alert(
        "threat.tactic.id", Type.KEYWORD, "The tactics of the techniques.",
        lambda a, c: [tactic.id for tactic in tactics(take.techniques(a, c))], is_list=True,
    ),
    _alert(
        "threat.tactic.name", Type.KEYWORD, "Their names.",
        lambda a, c: [tactic.name for tactic in tactics(take.techniques(a, c))], is_list=True,
    ),
    _alert(
        "threat.tactic.reference", Type.KEYWORD, "Their pages.",
        lambda a, c: [tactic.page for tactic in tactics(take.techniques(a, c))],
        is_list=True,
    ),
    _alert(
        "threat.technique.name", Type.KEYWORD, "The names of the techniques.",
        lambda a, c: [technique_name(id_) for id_ in take.techniques(a, c)],
        is_list=True,
    ),
    _alert(
        "threat.technique.reference", Type.KEYWORD, "Their pages.",
        lambda a, c: [technique_page(id_) for id_ in take.techniques(a, c)], is_list=True,
    ),
    _scan(
        "threat.software.name", Type.KEYWORD, "The software that scans.",
        lambda m, c: c.name(m.tool),
    ),
    _any(
        "observer.hostname", Type.KEYWORD, "The sensor's host.",
        lambda _, c: c.name(c.sensor.hostname), cef="dvchost",
    ),
    _any("observer.type", Type.KEYWORD, "What observes.", lambda _, __: "sensor"),
    _any("observer.vendor", Type.KEYWORD, "Who makes it.", lambda _, __: PROGRAM),
    _any("observer.product", Type.KEYWORD, "The program.", lambda _, __: PROGRAM),
    _any(
        "observer.version", Type.KEYWORD, "Its version.", lambda _, c: c.name(c.sensor.version),
    ),
    _any(
        "observer.ingress.interface.name", Type.KEYWORD, "The first interface.",
        lambda m, c: take.first(take.interfaces(m, c)),
    ),
    _any(
        "nmapwatchd.capture", Type.KEYWORD, "The capture file that was replayed.",
        lambda _, c: c.text(c.capture),
    ),
    _scan(
        "nmapwatchd.rule.name", Type.KEYWORD, "The title of each signature.",
        take.of_rules("title"), is_list=True,
    ),
    _scan(
        "nmapwatchd.rule.reference", Type.KEYWORD,
        "The file of the tool that each signature was derived from.",
        take.of_rules("reference"), is_list=True,
    ),
    _scan(
        "nmapwatchd.rule.count", Type.LONG,
        "The hits of each signature; of a flood, the scans that began with it.",
        lambda m, c: [rule.count for rule in take.rules(m, c)], is_list=True,
    ),
    _scan(
        "nmapwatchd.rules_omitted", Type.LONG, "The number of signatures not listed.",
        lambda m, c: len(m.rules) - len(take.rules(m, c)),
    ),
    _scan(
        "nmapwatchd.sightings_omitted", Type.LONG, "The sum of their counts.",
        lambda m, c: sum(rule.count for rule in m.rules[c.bounds.rules :]),
    ),
    _alert(
        "nmapwatchd.options_omitted", Type.LONG, "The number of proven options not listed.",
        lambda a, c: c.omitted(a.explanation.options),
    ),
    _alert(
        "nmapwatchd.options_possible_omitted", Type.LONG,
        "The number of possible options not listed.",
        lambda a, c: c.omitted(a.explanation.possible),
    ),
    _alert(
        "nmapwatchd.evidence.rule", Type.KEYWORD,
        "The signatures with evidence, the most telling first.",
        take.evidence_rules, is_list=True,
    ),
    _alert(
        "nmapwatchd.evidence.field", Type.KEYWORD, "The field by which each matched.",
        take.evidence_fields, is_list=True,
    ),
    _alert(
        "nmapwatchd.evidence.value", Type.KEYWORD,
        "The value of the field, as the scanner sent it; what is not printable is escaped.",
        take.evidence_values, is_list=True,
    ),
    _alert(
        "nmapwatchd.evidence_omitted", Type.LONG, "The number of signatures without evidence here.",
        lambda a, c: max(0, len(a.rules) - len(a.evidence[: c.bounds.members])),
    ),
    _alert(
        "nmapwatchd.outer.source", Type.KEYWORD,
        "The sources of the IP tunnels around the packets.",
        take.outer_sources, is_list=True,
    ),
    _alert(
        "nmapwatchd.outer.destination", Type.KEYWORD, "The destination of each.",
        take.outer_destinations, is_list=True,
    ),
)  # fmt: skip

# Keys of the Common Event Format by the name of the flat field.
CEF_KEYS: Mapping[str, str] = {row.flat: row.cef for row in FIELDS if row.flat and row.cef}


def fields_of(kind: type[Message]) -> tuple[Field, ...]:
    """Return the fields of a type of messages, in the order of the table."""
    return tuple(row for row in FIELDS if kind in row.kinds)
