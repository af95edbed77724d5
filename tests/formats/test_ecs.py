"""JSON lines comply with the alert contract."""

import json
from dataclasses import replace

from hypothesis import given

from nmapwatchd.core.alert import Action, Message, Rule, SensorEvent
from nmapwatchd.core.rule import Confidence
from nmapwatchd.formats.ecs import MAXIMUM_RULES, document, format_ecs
from nmapwatchd.formats.summary import summarise
from tests.formats.messages import (
    BLIND,
    CLOSED,
    FLOOD,
    NASTY,
    OPENED,
    SENSOR,
    messages,
    octets,
    texts,
)


def test_an_alert_reads_as_the_contract_requires() -> None:
    assert document(OPENED, SENSOR) == {
        "@timestamp": "2026-11-22T11:49:19.426Z",
        "ecs": {"version": "8.17.0"},
        "event": {
            "kind": "alert",
            "category": ["network", "intrusion_detection"],
            "type": ["info"],
            "action": "scan-opened",
            "id": "0123456789abcdef0123456789abcdef",
            "start": "2026-11-22T11:49:19.426Z",
            "end": "2026-11-22T11:49:19.426Z",
            "severity": 7,
            "dataset": "nmapwatchd.alert",
        },
        "message": summarise(OPENED),
        "source": {"ip": "10.0.0.5", "mac": "52-54-00-AB-34-56", "port": 40_000},
        "destination": {"ip": ["10.0.0.8"], "port": [80]},
        "rule": {
            "id": ["http.nse-user-agent"],
            "name": ["Nmap Scripting Engine default User-Agent"],
            "reference": ["nselib/http.lua"],
        },
        "threat": {
            "framework": "MITRE ATT&CK",
            "technique": {"id": ["T1046"], "name": ["Network Service Discovery"]},
        },
        "network": {"transport": "tcp", "vlan": {"id": "12"}},
        "observer": {
            "hostname": "sensor1",
            "product": "nmapwatchd",
            "version": "1.2.3",
            "ingress": {"interface": {"name": "eth0"}},
        },
        "nmapwatchd": {
            "tool": "nmap",
            "scan": {"id": OPENED.scan_id, "identity": "source=10.0.0.5"},
            "confidence": "exclusive",
            "sightings": 1,
            "targets": 1,
            "targets_omitted": 0,
            "ports": 1,
            "ports_omitted": 0,
            "counts": {"http.nse-user-agent": 1},
            "rules_omitted": 0,
            "sightings_omitted": 0,
            "options": ["-sC", "-sV"],
            "options_omitted": 0,
            "evidence": [
                {
                    "rule": "http.nse-user-agent",
                    "field": "user_agent",
                    "value": OPENED.evidence[0].value,
                }
            ],
            "evidence_omitted": 0,
            "capture": "eth0",
        },
    }


def test_a_flood_reads_as_the_contract_requires() -> None:
    assert document(FLOOD, SENSOR) == {
        "@timestamp": "2026-11-22T11:49:28.426Z",
        "ecs": {"version": "8.17.0"},
        "event": {
            "kind": "alert",
            "category": ["network", "intrusion_detection"],
            "type": ["info"],
            "action": "scan-flood",
            "id": "fedcba9876543210fedcba9876543210",
            "start": "2026-11-22T11:49:19.426Z",
            "end": "2026-11-22T11:49:28.426Z",
            "severity": 7,
            "dataset": "nmapwatchd.alert",
        },
        "message": summarise(FLOOD),
        "related": {"ip": ["198.51.100.7", "198.51.100.9", "198.51.100.200"]},
        "destination": {"ip": ["10.0.0.8"], "port": [80, 443]},
        "rule": {
            "id": ["tcp.raw-syn"],
            "name": ["Raw SYN scan"],
            "reference": ["scan_engine_raw.cc"],
        },
        "source": {"mac": "52-54-00-AB-34-56"},
        "network": {"vlan": {"id": "12"}},
        "observer": {
            "hostname": "sensor1",
            "product": "nmapwatchd",
            "version": "1.2.3",
            "ingress": {"interface": {"name": "eth0"}},
        },
        "nmapwatchd": {
            "tool": "nmap",
            "scan": {"id": "fedcba9876543210fedcba9876543210"},
            "sources": 1234,
            "sources_omitted": 1231,
            "macs": 1,
            "macs_omitted": 0,
            "targets": 1,
            "targets_omitted": 0,
            "ports": 2,
            "ports_omitted": 0,
            "counts": {"tcp.raw-syn": 1234},
            "capture": "eth0",
            "caveats": ["spoofable"],
        },
    }


def test_fields_of_a_flood_are_present_only_with_a_value() -> None:
    bare = document(replace(FLOOD, macs=(), vlans=(), caveats=()), SENSOR)
    assert not {"source", "network"} & bare.keys()
    assert not {"caveats", "closed_by"} & bare["nmapwatchd"].keys()
    closed = document(replace(FLOOD, closed_by="idle"), SENSOR, "a.pcap")
    assert closed["nmapwatchd"]["closed_by"] == "idle"
    assert closed["nmapwatchd"]["capture"] == "a.pcap"
    assert "ingress" not in closed["observer"]


def test_lists_of_a_flood_are_bounded_and_count_what_they_leave_out() -> None:
    many = tuple(str(number) for number in range(40))
    found = document(
        replace(FLOOD, listed=many, macs=many, macs_omitted=2, targets=many, targets_omitted=3,
                ports=tuple(range(40)), ports_omitted=4, rules=FLOOD.rules * 40), SENSOR,
    )  # fmt: skip

    own = found["nmapwatchd"]
    assert len(found["related"]["ip"]) == len(found["rule"]["id"]) == 32
    assert len(found["source"]["mac"]) == len(found["destination"]["port"]) == 32
    assert own["sources_omitted"] == 1234 - 32
    assert (own["macs"], own["macs_omitted"]) == (42, 10)
    assert (own["targets"], own["targets_omitted"]) == (43, 11)
    assert (own["ports"], own["ports_omitted"]) == (44, 12)


def test_a_sensor_event_is_an_event_with_counts() -> None:
    found = document(BLIND, SENSOR)

    assert found["event"]["kind"] == "event"
    assert found["event"]["action"] == "sensor-blind"
    assert found["nmapwatchd"]["counts"] == {"frames": 12, "kernel_drops": 0}
    assert found["observer"]["ingress"]["interface"]["name"] == "eth0"


def test_a_sensor_event_reads_as_the_contract_requires() -> None:
    assert document(BLIND, SENSOR) == {
        "@timestamp": "2026-11-22T11:49:19.426Z",
        "ecs": {"version": "8.17.0"},
        "event": {
            "kind": "event",
            "category": ["process"],
            "type": ["info"],
            "action": "sensor-blind",
            "id": "654a5b72406973bb35990e19d8cb0cfd",
            "severity": 8,
            "dataset": "nmapwatchd.alert",
        },
        "message": "nmapwatchd is blind on eth0, scans are missed: tshark died, signal 9",
        "observer": {
            "hostname": "sensor1",
            "product": "nmapwatchd",
            "version": "1.2.3",
            "ingress": {"interface": {"name": "eth0"}},
        },
        "nmapwatchd": {
            "detail": "tshark died, signal 9",
            "counts": {"frames": 12, "kernel_drops": 0},
            "capture": "eth0",
        },
    }


def test_a_replayed_event_names_its_capture_and_no_interface() -> None:
    found = document(BLIND, SENSOR, "a.pcap")

    assert found["nmapwatchd"]["capture"] == "a.pcap"
    assert "ingress" not in found["observer"]


def test_a_line_has_no_space_between_its_members() -> None:
    line = format_ecs(BLIND, SENSOR)

    assert line.startswith(b'{"@timestamp":"2026-11-22T11:49:19.426Z","ecs":{')
    assert json.loads(line) == document(BLIND, SENSOR)


def test_a_replayed_alert_names_its_capture_and_no_interface() -> None:
    found = document(replace(OPENED, interfaces=("a.pcap",)), SENSOR, "a.pcap")

    assert found["nmapwatchd"]["capture"] == "a.pcap"
    assert "ingress" not in found["observer"]


def test_keys_always_come_in_the_same_order() -> None:
    assert format_ecs(OPENED, SENSOR) == format_ecs(replace(OPENED), SENSOR)
    assert list(document(OPENED, SENSOR)) == [
        "@timestamp", "ecs", "event", "message", "source", "destination", "rule", "threat",
        "network", "observer", "nmapwatchd",
    ]  # fmt: skip


def test_several_values_of_a_usually_single_field_become_a_list() -> None:
    several = replace(
        OPENED,
        vlans=("12", "13"),
        macs=("a:b", "c:d"),
        transports=("tcp", "ip", "icmpv6"),
        source_ports=(1, 2),
    )
    found = document(several, SENSOR)

    assert found["network"]["vlan"]["id"] == ["12", "13"]
    assert found["network"]["transport"] == ["tcp", "ipv6-icmp"]
    assert found["source"]["port"] == [1, 2]
    assert found["source"]["mac"] == ["A-B", "C-D"]


def test_unknown_values_are_left_out() -> None:
    unknown = replace(OPENED, vlans=(), macs=(), source_ports=(), techniques=(), transports=("ip",))
    found = document(unknown, SENSOR)

    assert found.keys().isdisjoint({"network", "threat"})
    assert found["source"].keys() == {"ip"}


def test_lists_are_bounded_and_count_what_they_leave_out() -> None:
    rules = tuple(Rule(f"r{i}", "", "", Confidence.WEAK, 2) for i in range(MAXIMUM_RULES + 6))
    full = replace(
        OPENED, rules=rules, sightings=2 * len(rules), targets_omitted=5,
        targets=tuple(f"10.0.1.{i}" for i in range(40)), options=tuple(f"-{i}" for i in range(33)),
        decoys=tuple(f"10.0.2.{i}" for i in range(33)), decoys_omitted=2,
    )  # fmt: skip

    found = document(full, SENSOR)

    own = found["nmapwatchd"]
    assert len(found["rule"]["id"]) == MAXIMUM_RULES
    assert sum(own["counts"].values()) + own["sightings_omitted"] == full.sightings
    assert (own["rules_omitted"], own["targets"], own["options_omitted"]) == (6, 45, 1)
    assert len(found["destination"]["ip"]) + own["targets_omitted"] == own["targets"]
    assert (len(own["decoys"]), own["decoys_omitted"]) == (32, 3)


def test_counts_add_up_to_the_sightings() -> None:
    assert sum(document(CLOSED, SENSOR)["nmapwatchd"]["counts"].values()) == 128


@given(messages, texts | octets)
def test_any_message_is_one_line_of_one_object(message: Message, capture: str) -> None:
    text = format_ecs(message, SENSOR, capture)

    assert text.isascii()
    assert len(text.splitlines()) == 1
    assert json.loads(text) == document(message, SENSOR, capture)


@given(messages)
def test_no_value_of_an_object_could_break_a_line_if_printed(message: Message) -> None:
    assert [text for text in _texts(document(message, SENSOR)) if not text.isprintable()] == []


def test_nasty_evidence_is_readable() -> None:
    nasty = replace(OPENED, evidence=(replace(OPENED.evidence[0], value=NASTY),))

    (evidence,) = document(nasty, SENSOR)["nmapwatchd"]["evidence"]

    assert evidence["value"].startswith(r"\n\r\x00\x1b[31m\x07\x7f\u0085\u009b\u2028\u2029\u202e")


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in _texts(part)]
    if isinstance(value, list):
        return [text for part in value for text in _texts(part)]
    return [value] if isinstance(value, str) else []


def test_optional_fields_are_present_only_with_a_value() -> None:
    optional = {"expected", "caveats", "decoys", "decoys_omitted", "closed_by"}
    full = replace(
        CLOSED, expected="audit", caveats=("spoofable",), decoys=("10.0.0.6",), decoys_omitted=2
    )

    own = document(full, SENSOR)["nmapwatchd"]

    assert optional & set(document(OPENED, SENSOR)["nmapwatchd"]) == set()
    assert {name: own[name] for name in optional} == {
        "expected": "audit",
        "caveats": ["spoofable"],
        "decoys": ["10.0.0.6"],
        "decoys_omitted": 2,
        "closed_by": CLOSED.closed_by,
    }


def test_the_ends_of_tunnels_are_each_listed_once() -> None:
    outer = ("192.0.2.1>192.0.2.9", "192.0.2.2>192.0.2.9")

    assert document(replace(OPENED, outer=outer), SENSOR)["nmapwatchd"]["outer"] == {
        "source": ["192.0.2.1", "192.0.2.2"],
        "destination": ["192.0.2.9"],
    }
    assert "outer" not in document(OPENED, SENSOR)["nmapwatchd"]


def test_omitted_members_add_up_to_the_totals() -> None:
    full = replace(
        OPENED,
        ports=tuple(range(1, 41)), ports_omitted=5,
        targets=tuple(f"10.0.1.{i}" for i in range(33)), targets_omitted=0,
    )  # fmt: skip

    found = document(full, SENSOR)

    own = found["nmapwatchd"]
    assert (own["ports"], own["ports_omitted"]) == (45, 13)
    assert (own["targets"], own["targets_omitted"]) == (33, 1)
    assert found["destination"]["port"] == list(range(1, 33))


def test_evidence_is_bounded_by_what_is_listed() -> None:
    rules = tuple(Rule(f"r{i}", "", "", Confidence.WEAK, 1) for i in range(40))
    evidence = tuple(replace(OPENED.evidence[0], rule=f"r{i}") for i in range(34))

    own = document(replace(OPENED, rules=rules, evidence=evidence), SENSOR)["nmapwatchd"]

    assert len(own["evidence"]) == 32
    assert own["evidence_omitted"] == 8
    assert document(OPENED, SENSOR)["nmapwatchd"]["evidence_omitted"] == 0


def test_events_of_starting_and_stopping_are_typed() -> None:
    def event_type(action: Action) -> object:
        return document(SensorEvent(action, 0, ""), SENSOR)["event"]["type"]

    assert event_type(Action.SENSOR_STARTED) == ["start"]
    assert event_type(Action.SENSOR_STOPPED) == ["end"]
    assert event_type(Action.SENSOR_BLIND) == ["info"]


def test_counts_of_an_event_are_bounded() -> None:
    counts = {f"c{i}": i for i in range(40)}

    found = document(replace(BLIND, counts=counts), SENSOR)["nmapwatchd"]["counts"]

    assert found == {f"c{i}": i for i in range(32)}
