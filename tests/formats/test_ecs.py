"""JSON lines comply with ECS and with the alert contract."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from nmapwatchd.core.alert import Action, Alert, EvidenceItem, Message, Rule, SensorEvent
from nmapwatchd.core.counters import Counters
from nmapwatchd.core.explanation import Explanation
from nmapwatchd.core.rule import Confidence
from nmapwatchd.formats.ecs import BOUNDS, MAXIMUM_LINE, document, format_ecs
from nmapwatchd.formats.field import MAXIMUM_RULES
from nmapwatchd.formats.fields import ECS_VERSION, fields_of
from nmapwatchd.formats.identity import event_id
from nmapwatchd.formats.sensor import Sensor
from nmapwatchd.formats.severity import severity
from nmapwatchd.formats.summary import summarise
from tests.building import engine, observation, signature
from tests.formats import ecs_schema
from tests.formats.ecs_schema import FIELDS, faults, kind_of, leaves
from tests.formats.messages import (
    BLIND,
    CLOSED,
    FLOOD,
    NASTY,
    OPENED,
    SENSOR,
    TUNNELLED,
    filled,
    messages,
    octets,
    texts,
)

OBSERVER = {
    "hostname": "sensor1",
    "type": "sensor",
    "vendor": "nmapwatchd",
    "product": "nmapwatchd",
    "version": "1.2.3",
    "ingress": {"interface": {"name": "eth0"}},
}


def values(message: Message, capture: str = "") -> dict[str, Any]:
    """Return the values of a document by their paths."""
    return dict(leaves(document(message, SENSOR, capture)))


def test_an_alert_reads_as_the_contract_requires() -> None:
    technique = "https://attack.mitre.org/techniques/T1046/"

    assert document(OPENED, SENSOR) == {
        "@timestamp": "2026-11-22T11:49:19.426Z",
        "message": summarise(OPENED),
        "event": {
            "kind": "alert",
            "category": ["network", "intrusion_detection"],
            "type": ["info"],
            "action": "scan-opened",
            "id": event_id(OPENED),
            "sequence": 1,
            "severity": severity(OPENED).severity,
            "risk_score": severity(OPENED).risk_score,
            "start": "2026-11-22T11:49:19.426Z",
            "end": "2026-11-22T11:49:19.426Z",
            "duration": 0,
            "created": "2026-11-22T11:49:19.426Z",
            "module": "nmapwatchd",
            "dataset": "nmapwatchd.alert",
            "reference": technique,
        },
        "tags": ["scan", "services"],
        "source": {
            "address": "10.0.0.5",
            "ip": "10.0.0.5",
            "mac": "52-54-00-AB-34-56",
            "port": 40_000,
        },
        "destination": {"ip": "10.0.0.8", "port": 80},
        "network": {"transport": "tcp", "type": "ipv4", "vlan": {"id": "12"}},
        "related": {"ip": ["10.0.0.5", "10.0.0.8"]},
        "ecs": {"version": "9.4.0"},
        "rule": {
            "id": "http.nse-user-agent",
            "name": "Nmap Scripting Engine default User-Agent",
            "reference": "nselib/http.lua",
            "ruleset": "nmapwatchd",
            "version": "1.2.3",
        },
        "threat": {
            "framework": "MITRE ATT&CK",
            "tactic": {
                "id": ["TA0007"],
                "name": ["Discovery"],
                "reference": ["https://attack.mitre.org/tactics/TA0007/"],
            },
            "technique": {
                "id": ["T1046"],
                "name": ["Network Service Discovery"],
                "reference": [technique],
            },
            "software": {"name": "nmap"},
        },
        "observer": OBSERVER,
        "nmapwatchd": {
            "tool": "nmap",
            "scan": {"id": OPENED.scan_id, "identity": "source=10.0.0.5"},
            "confidence": "exclusive",
            "expected": [],
            "near_authorisation": [],
            "not_covered_because": [],
            "caveats": [],
            "closed_by": [],
            "sightings": 1,
            "packets": 1,
            "signatures": 1,
            "targets": 1,
            "targets_omitted": 0,
            "target": {"ip": ["10.0.0.8"], "port": [80]},
            "ports": 1,
            "ports_omitted": 0,
            "transport": ["tcp"],
            "source": {"mac": ["52-54-00-AB-34-56"], "port": [40_000]},
            "on_link": True,
            "vlan": {"id": ["12"]},
            "interface": {"name": ["eth0"]},
            "decoys": 0,
            "decoys_omitted": 0,
            "decoy": {"ip": []},
            "outer": {"source": [], "destination": []},
            "options": ["-sC", "-sV"],
            "options_omitted": 0,
            "options_possible": [],
            "options_possible_omitted": 0,
            "command": [],
            "rule": {
                "id": ["http.nse-user-agent"],
                "name": ["Nmap Scripting Engine default User-Agent"],
                "reference": ["nselib/http.lua"],
                "count": [1],
            },
            "rules_omitted": 0,
            "sightings_omitted": 0,
            "evidence": {
                "rule": ["http.nse-user-agent"],
                "field": ["user_agent"],
                "value": [OPENED.evidence[0].value],
            },
            "evidence_omitted": 0,
            "capture": [],
        },
    }


def test_a_flood_reads_as_the_contract_requires() -> None:
    assert document(FLOOD, SENSOR) == {
        "@timestamp": "2026-11-22T11:49:28.426Z",
        "message": summarise(FLOOD),
        "event": {
            "kind": "event",
            "category": ["network", "intrusion_detection"],
            "type": ["info"],
            "action": "scan-flood",
            "id": event_id(FLOOD),
            "sequence": 2,
            "severity": severity(FLOOD).severity,
            "risk_score": severity(FLOOD).risk_score,
            "start": "2026-11-22T11:49:19.426Z",
            "end": "2026-11-22T11:49:28.426Z",
            "duration": 9_000_000_000,
            "created": "2026-11-22T11:49:28.426Z",
            "module": "nmapwatchd",
            "dataset": "nmapwatchd.alert",
            "reference": "man:nmapwatchd(8)",
        },
        "tags": ["scan", "flood"],
        "source": {"mac": "52-54-00-AB-34-56"},
        "destination": {"ip": "10.0.0.8", "port": 80},
        "network": {"type": "ipv4", "vlan": {"id": "12"}},
        "related": {"ip": ["198.51.100.7", "198.51.100.9", "198.51.100.200", "10.0.0.8"]},
        "ecs": {"version": "9.4.0"},
        "rule": {
            "id": "tcp.raw-syn",
            "name": "Raw SYN scan",
            "reference": "scan_engine_raw.cc",
            "ruleset": "nmapwatchd",
            "version": "1.2.3",
        },
        "threat": {"software": {"name": "nmap"}},
        "observer": OBSERVER,
        "nmapwatchd": {
            "tool": "nmap",
            "scan": {"id": "fedcba9876543210fedcba9876543210"},
            "caveats": ["spoofable"],
            "closed_by": [],
            "sources": 1234,
            "sources_omitted": 1231,
            "source": {
                "ip": ["198.51.100.7", "198.51.100.9", "198.51.100.200"],
                "mac": ["52-54-00-AB-34-56"],
            },
            "macs": 1,
            "macs_omitted": 0,
            "signatures": 1,
            "targets": 1,
            "targets_omitted": 0,
            "target": {"ip": ["10.0.0.8"], "port": [80, 443]},
            "ports": 2,
            "ports_omitted": 0,
            "vlan": {"id": ["12"]},
            "interface": {"name": ["eth0"]},
            "rule": {
                "id": ["tcp.raw-syn"],
                "name": ["Raw SYN scan"],
                "reference": ["scan_engine_raw.cc"],
                "count": [1234],
            },
            "rules_omitted": 0,
            "sightings_omitted": 0,
            "capture": [],
        },
    }


def test_a_sensor_event_reads_as_the_contract_requires() -> None:
    assert document(BLIND, SENSOR) == {
        "@timestamp": "2026-11-22T11:49:19.426Z",
        "message": summarise(BLIND),
        "event": {
            "kind": "event",
            "category": ["process"],
            "type": ["info"],
            "action": "sensor-blind",
            "id": "654a5b72406973bb35990e19d8cb0cfd",
            "severity": severity(BLIND).severity,
            "risk_score": severity(BLIND).risk_score,
            "created": "2026-11-22T11:49:19.426Z",
            "module": "nmapwatchd",
            "dataset": "nmapwatchd.alert",
            "reference": "man:nmapwatchd(8)",
        },
        "tags": ["sensor"],
        "ecs": {"version": "9.4.0"},
        "observer": OBSERVER,
        "nmapwatchd": {
            "detail": "tshark died, signal 9",
            "interface": {"name": ["eth0"]},
            "counters": Counters(frames=12).counts(),
            "capture": [],
        },
    }


@pytest.mark.parametrize("action", Action)
def test_only_the_message_that_a_scan_was_detected_is_an_alert(action: Action) -> None:
    message: Message = replace(OPENED, action=action)
    if action is Action.SCAN_FLOOD:
        message = FLOOD
    if action.startswith("sensor-"):
        message = replace(BLIND, action=action)

    kind = "alert" if action is Action.SCAN_OPENED else "event"
    assert values(message)["event.kind"] == kind


ALERTS = [
    OPENED,
    CLOSED,
    TUNNELLED,
    filled("x"),
    replace(OPENED, rules=CLOSED.rules[1:], targets=(), ports=(), interfaces=()),
]


@pytest.mark.parametrize("alert", ALERTS)
def test_every_scan_has_the_same_keys(alert: Alert) -> None:
    assert list(values(alert)) == list(values(OPENED))
    assert list(values(alert, "lan.pcap")) == list(values(OPENED))


def test_two_catalogues_give_the_same_keys() -> None:
    seen = observation(payload=b"loud")
    (first,) = engine(signature("loud")).observe(seen).alerts
    (second,) = (
        engine(signature("lo"), signature("ud"))
        .observe(
            replace(seen, source="2001:db8::1", destination="2001:db8::2", mac="", vlans=("7",))
        )
        .alerts
    )

    assert [rule.id for rule in first.rules] == ["test.loud"]
    assert {rule.id for rule in second.rules} == {"test.lo", "test.ud"}
    assert list(values(first)) == list(values(second)) == list(values(OPENED))


def test_every_flood_has_the_same_keys() -> None:
    bare = replace(FLOOD, listed=(), macs=(), vlans=(), targets=(), caveats=(), rules=())

    assert list(values(bare)) == list(values(FLOOD))


@pytest.mark.parametrize("counts", [{}, {"frames": 1}, {"another": 1}])
def test_every_event_of_the_sensor_has_the_same_keys(counts: dict[str, int]) -> None:
    event = SensorEvent(Action.SENSOR_SELFTEST, 0, "", (), counts)

    assert list(values(event)) == list(values(BLIND))


def test_a_counter_that_an_event_does_not_know_is_not_0() -> None:
    event = replace(BLIND, counts={"frames": 0})

    assert values(event)["nmapwatchd.counters.frames"] == 0
    assert values(event)["nmapwatchd.counters.alerts"] == []


@given(messages)
def test_the_keys_are_those_of_the_table_for_any_message(message: Message) -> None:
    paths = {row.path for row in fields_of(type(message)) if row.path}

    assert values(message).keys() == paths


def test_a_document_has_no_array_of_objects() -> None:
    some: list[Message] = [*ALERTS, FLOOD, BLIND]
    for message in some:
        for value in values(message).values():
            assert not isinstance(value, list) or not any(isinstance(v, dict) for v in value)


def test_what_is_unknown_is_an_empty_list() -> None:
    found = values(TUNNELLED)

    assert found["source.mac"] == found["source.port"] == found["network.vlan.id"] == []
    assert found["threat.framework"] == found["threat.tactic.id"] == []
    assert found["destination.port"] == found["nmapwatchd.target.port"] == []
    assert values(OPENED)["nmapwatchd.expected"] == []
    assert "" not in found.values()
    assert None not in found.values()


def test_a_field_of_which_ecs_has_one_value_is_the_first() -> None:
    several = replace(
        CLOSED,
        vlans=("12", "13"),
        macs=("52:54:00:00:00:01", "52:54:00:00:00:02"),
        transports=("ip", "icmpv6", "tcp"),
        source_ports=(1, 2),
        interfaces=("eth0", "eth1"),
    )
    found = values(several)

    assert found["network.vlan.id"] == "12"
    assert found["nmapwatchd.vlan.id"] == ["12", "13"]
    assert found["source.mac"] == "52-54-00-00-00-01"
    assert found["nmapwatchd.source.mac"] == ["52-54-00-00-00-01", "52-54-00-00-00-02"]
    assert found["network.transport"] == "ipv6-icmp"
    assert found["nmapwatchd.transport"] == ["ip", "ipv6-icmp", "tcp"]
    assert (found["source.port"], found["nmapwatchd.source.port"]) == (1, [1, 2])
    assert found["observer.ingress.interface.name"] == "eth0"
    assert found["nmapwatchd.interface.name"] == ["eth0", "eth1"]
    assert (found["destination.ip"], found["destination.port"]) == ("10.0.0.8", 80)
    assert found["nmapwatchd.target.ip"] == ["10.0.0.8", "10.0.0.9", "10.0.0.10"]
    assert (found["rule.id"], found["nmapwatchd.rule.id"][1]) == (OPENED.rules[0].id, "tls.probe")


def test_lists_of_one_thing_are_parallel() -> None:
    found = values(replace(CLOSED, evidence=(*OPENED.evidence, EvidenceItem("a", "b", "c"))))

    assert found["nmapwatchd.rule.id"] == ["http.nse-user-agent", "tls.probe"]
    assert found["nmapwatchd.rule.count"] == [1, 127]
    assert [found[f"nmapwatchd.evidence.{part}"][1] for part in ("rule", "field", "value")] == [
        "a", "b", "c",
    ]  # fmt: skip
    tunnels = values(TUNNELLED)
    assert tunnels["nmapwatchd.outer.source"] == ["192.0.2.1", "192.0.2.2"]
    assert tunnels["nmapwatchd.outer.destination"] == ["192.0.2.9", "192.0.2.9"]


def test_all_addresses_are_related() -> None:
    assert values(TUNNELLED)["related.ip"] == [
        "2001:db8::5", "2001:db8::8", "2001:db8::6", "2001:db8::7",
        "192.0.2.1", "192.0.2.9", "192.0.2.2",
    ]  # fmt: skip


def test_sources_of_a_flood_are_none_that_software_would_block() -> None:
    found = values(FLOOD)

    assert "source.ip" not in found
    assert "source.address" not in found


def test_a_message_that_is_sent_again_is_the_same_document() -> None:
    assert format_ecs(CLOSED, SENSOR) == format_ecs(replace(CLOSED), SENSOR)
    assert values(CLOSED)["event.created"] == values(CLOSED)["@timestamp"]


@pytest.mark.parametrize("message", [OPENED, BLIND])
def test_a_replayed_message_names_its_capture_and_no_interface(message: Message) -> None:
    found = values(message, "a.pcap")

    assert found["nmapwatchd.capture"] == "a.pcap"
    assert found["observer.ingress.interface.name"] == found["nmapwatchd.interface.name"] == []
    assert found["tags"][-1] == "replay"


def test_a_line_has_no_space_between_its_members() -> None:
    line = format_ecs(BLIND, SENSOR)

    assert line.startswith(b'{"@timestamp":"2026-11-22T11:49:19.426Z","message":"')
    assert json.loads(line) == document(BLIND, SENSOR)


def test_keys_always_come_in_the_same_order() -> None:
    assert list(document(OPENED, SENSOR)) == [
        "@timestamp", "message", "event", "tags", "source", "destination", "network", "related",
        "threat", "ecs", "rule", "observer", "nmapwatchd",
    ]  # fmt: skip


def test_lists_are_bounded_and_count_what_they_leave_out() -> None:
    rules = tuple(Rule(f"r{i}", "", "", Confidence.WEAK, 2) for i in range(MAXIMUM_RULES + 6))
    many = tuple(f"10.0.1.{i}" for i in range(40))
    full = replace(
        OPENED, rules=rules, sightings=2 * len(rules),
        evidence=tuple(replace(OPENED.evidence[0], rule=f"r{i}") for i in range(34)),
        targets=many, targets_omitted=5, ports=tuple(range(41)), ports_omitted=5,
        explanation=Explanation(tuple(f"-{i}" for i in range(33)), many),
        decoys=many, decoys_omitted=2,
    )  # fmt: skip

    found = {key.removeprefix("nmapwatchd."): value for key, value in values(full).items()}

    assert len(found["rule.name"]) == len(found["rule.count"]) == MAXIMUM_RULES
    assert sum(found["rule.count"]) + found["sightings_omitted"] == full.sightings
    assert (found["signatures"], found["rules_omitted"]) == (MAXIMUM_RULES + 6, 6)
    assert (found["targets"], found["targets_omitted"], len(found["target.ip"])) == (45, 13, 32)
    assert (found["ports"], found["ports_omitted"]) == (45, 13)
    assert found["target.port"] == list(range(1, 33))
    assert (found["options_omitted"], found["options_possible_omitted"]) == (1, 8)
    assert (found["decoys"], found["decoys_omitted"], len(found["decoy.ip"])) == (42, 10, 32)
    assert (len(found["evidence.value"]), found["evidence_omitted"]) == (32, MAXIMUM_RULES + 6 - 32)


def test_lists_of_a_flood_are_bounded_and_count_what_they_leave_out() -> None:
    many = tuple(f"10.0.1.{number}" for number in range(40))
    found = values(
        replace(FLOOD, listed=many, macs=many, macs_omitted=2, targets=many, targets_omitted=3)
    )

    assert len(found["nmapwatchd.source.ip"]) == len(found["nmapwatchd.source.mac"]) == 32
    assert found["nmapwatchd.sources_omitted"] == 1234 - 32
    assert (found["nmapwatchd.macs"], found["nmapwatchd.macs_omitted"]) == (42, 10)
    assert (found["nmapwatchd.targets"], found["nmapwatchd.targets_omitted"]) == (43, 11)


def test_a_long_line_loses_signatures_first() -> None:
    rules = tuple(
        Rule(f"http.rule-{i}", "t" * 40, "f" * 40, Confidence.WEAK, 1) for i in range(900)
    )
    line = format_ecs(replace(OPENED, rules=rules), SENSOR)
    own = json.loads(line)["nmapwatchd"]

    assert 32 * 1024 < len(line) <= MAXIMUM_LINE
    assert (len(own["rule"]["id"]), own["rules_omitted"]) == (512, 388)
    assert own["sightings_omitted"] == 388


def test_the_last_bounds_suffice_for_the_longest_values() -> None:
    longest = "\U00020000" * 1000  # a printable character that takes 12 bytes in JSON
    rules = (Rule(longest, longest, longest, Confidence.WEAK, 10**12),) * 1000
    many = (longest,) * 40
    full = replace(
        filled(longest), rules=rules, evidence=(EvidenceItem(longest, longest, longest),) * 40,
        targets=many, decoys=many, macs=many, vlans=many, interfaces=many, outer=many,
        techniques=many, caveats=many, transports=many, ports=(65535,) * 40,
        source_ports=(65535,) * 40, explanation=Explanation(many, many, longest),
    )  # fmt: skip
    sensor = Sensor(longest, longest)

    line = format_ecs(full, sensor, longest)

    assert len(line) <= MAXIMUM_LINE
    assert json.loads(line) == document(full, sensor, longest, BOUNDS[-1])


@given(messages, texts | octets)
def test_any_message_is_one_line_of_one_object(message: Message, capture: str) -> None:
    text = format_ecs(message, SENSOR, capture)

    assert text.isascii()
    assert len(text) <= MAXIMUM_LINE
    assert len(text.splitlines()) == 1
    assert faults(json.loads(text), type(message)) == []


@given(messages)
def test_no_value_of_an_object_could_break_a_line_if_printed(message: Message) -> None:
    found = values(message).values()
    members = [
        member for value in found for member in (value if isinstance(value, list) else [value])
    ]

    assert [text for text in members if isinstance(text, str) and not text.isprintable()] == []


def test_nasty_evidence_is_readable() -> None:
    nasty = replace(OPENED, evidence=(replace(OPENED.evidence[0], value=NASTY),))

    (value,) = values(nasty)["nmapwatchd.evidence.value"]

    assert value.startswith(r"\n\r\x00\x1b[31m\x07\x7f\u0085\u009b\u2028\u2029\u202e")


def test_a_source_that_is_no_address_is_an_address_of_ecs_but_no_ip() -> None:
    found = values(replace(OPENED, source="fe80::1%eth0"))

    assert found["source.address"] == "fe80::1%eth0"
    assert found["source.ip"] == found["network.type"] == []


def test_events_of_starting_and_stopping_are_typed() -> None:
    def event_type(action: Action) -> object:
        return values(SensorEvent(action, 0, ""))["event.type"]

    assert event_type(Action.SENSOR_STARTED) == ["start"]
    assert event_type(Action.SENSOR_STOPPED) == ["end"]
    assert event_type(Action.SENSOR_BLIND) == ["info"]


def test_the_version_of_ecs_is_that_of_the_facts() -> None:
    assert ecs_schema.VERSION == ECS_VERSION
    assert len(FIELDS) > 150


@pytest.mark.parametrize("message", [OPENED, CLOSED, TUNNELLED, FLOOD, BLIND])
def test_a_document_is_what_ecs_allows(message: Message) -> None:
    found = document(message, SENSOR)

    assert faults(found, type(message)) == []
    assert kind_of(found) is type(message)


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("event.kind", "alarm", "not allowed"),
        ("event.type", "info", "not a list"),
        ("event.severity", "7", "not of the type long"),
        ("event.sequence", True, "not of the type long"),
        ("event.start", "2026-11-22 11:49:19", "not of the type date"),
        ("source.ip", "10.0.0", "not of the type ip"),
        ("source.mac", "", "empty"),
        ("source.mac", ["52-54-00-AB-34-56"], "a list"),
        ("source.other", "x", "unknown"),
        ("nmapwatchd.other", "x", "unknown"),
        ("nmapwatchd.sources", 1, "unknown"),
        ("nmapwatchd.on_link", 1, "not of the type boolean"),
        ("nmapwatchd.rule", {"id": [{"a": 1}]}, "not of the type keyword"),
    ],
)
def test_what_ecs_does_not_allow_is_found(path: str, value: object, fault: str) -> None:
    found = json.loads(format_ecs(OPENED, SENSOR))
    node = found
    *parents, key = path.split(".")
    for parent in parents:
        node = node[parent]
    node[key] = value

    (text,) = faults(found, Alert)
    assert text.startswith(path)
    assert fault in text
