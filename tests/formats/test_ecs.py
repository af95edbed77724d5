"""JSON lines keep the alert contract."""

import json
from dataclasses import replace

import pytest
from hypothesis import given

from nmapwatchd.core.alert import Action, Message, Rule
from nmapwatchd.core.rule import Confidence
from nmapwatchd.formats.ecs import MAXIMUM_RULES, document, event_id, line, timestamp
from nmapwatchd.formats.summary import sentence
from tests.formats.messages import AT, BLIND, CLOSED, NASTY, OPENED, SENSOR, messages, octets, texts


def test_an_alert_reads_as_the_contract_says() -> None:
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
        "message": sentence(OPENED),
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
            "sent_by_omitted": 0,
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


def test_a_sensor_event_is_an_event_with_counts() -> None:
    said = document(BLIND, SENSOR)

    assert said["event"]["kind"] == "event"
    assert said["event"]["action"] == "sensor-blind"
    assert said["nmapwatchd"]["counts"] == {"frames": 12, "kernel_drops": 0}
    assert said["observer"]["ingress"]["interface"]["name"] == "eth0"


def test_a_replayed_alert_names_its_capture_and_no_interface() -> None:
    said = document(replace(OPENED, interfaces=("a.pcap",)), SENSOR, "a.pcap")

    assert said["nmapwatchd"]["capture"] == "a.pcap"
    assert "ingress" not in said["observer"]


def test_keys_always_come_in_the_same_order() -> None:
    assert line(OPENED, SENSOR) == line(replace(OPENED), SENSOR)
    assert list(document(OPENED, SENSOR)) == [
        "@timestamp", "ecs", "event", "message", "source", "destination", "rule", "threat",
        "network", "observer", "nmapwatchd",
    ]  # fmt: skip


def test_several_of_what_is_usually_one_become_a_list() -> None:
    several = replace(
        OPENED,
        vlans=("12", "13"),
        macs=("a:b", "c:d"),
        transports=("tcp", "ip", "icmpv6"),
        source_ports=(1, 2),
    )
    said = document(several, SENSOR)

    assert said["network"]["vlan"]["id"] == ["12", "13"]
    assert said["network"]["transport"] == ["tcp", "ipv6-icmp"]
    assert said["source"]["port"] == [1, 2]
    assert said["source"]["mac"] == ["A-B", "C-D"]


def test_what_is_unknown_is_left_out() -> None:
    unknown = replace(OPENED, vlans=(), macs=(), source_ports=(), techniques=(), transports=("ip",))
    said = document(unknown, SENSOR)

    assert said.keys().isdisjoint({"network", "threat"})
    assert said["source"].keys() == {"ip"}


def test_lists_are_bounded_and_say_what_they_left_out() -> None:
    rules = tuple(Rule(f"r{i}", "", "", Confidence.WEAK, 2) for i in range(MAXIMUM_RULES + 6))
    full = replace(
        OPENED, rules=rules, sightings=2 * len(rules), targets_omitted=5,
        targets=tuple(f"10.0.1.{i}" for i in range(40)), options=tuple(f"-{i}" for i in range(33)),
        decoys=tuple(f"10.0.2.{i}" for i in range(33)), decoys_omitted=2,
    )  # fmt: skip

    said = document(full, SENSOR)

    own = said["nmapwatchd"]
    assert len(said["rule"]["id"]) == MAXIMUM_RULES
    assert sum(own["counts"].values()) + own["sightings_omitted"] == full.sightings
    assert (own["rules_omitted"], own["targets"], own["sent_by_omitted"]) == (6, 45, 1)
    assert len(said["destination"]["ip"]) + own["targets_omitted"] == own["targets"]
    assert (len(own["decoys"]), own["decoys_omitted"]) == (32, 3)


def test_counts_add_up_to_the_sightings() -> None:
    assert sum(document(CLOSED, SENSOR)["nmapwatchd"]["counts"].values()) == 128


@pytest.mark.parametrize(
    ("message", "severity"),
    [
        (OPENED, 7),
        (CLOSED, 7),
        (replace(OPENED, confidence=Confidence.STRONG), 5),
        (replace(OPENED, confidence=Confidence.WEAK), 3),
        (replace(OPENED, action=Action.SCAN_EXPECTED, expected="audit"), 1),
        (BLIND, 8),
        (replace(BLIND, action=Action.SENSOR_HEARTBEAT), 1),
    ],
)
def test_severity_ranks_messages(message: Message, severity: int) -> None:
    assert document(message, SENSOR)["event"]["severity"] == severity


def test_a_sensor_event_has_an_id_that_a_second_delivery_repeats() -> None:
    assert event_id(BLIND) == event_id(replace(BLIND))
    assert event_id(BLIND) != event_id(replace(BLIND, at=AT + 1))


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_999_999, "1970-01-01T00:00:00.001Z"),
        (-1, "1970-01-01T00:00:00.000Z"),
        (2**80, "9999-12-31T23:59:59.999Z"),
    ],
)
def test_every_time_that_a_capture_claims_can_be_written(at: int, written: str) -> None:
    assert timestamp(at) == written


@given(messages, texts | octets)
def test_whatever_was_seen_is_one_line_of_one_object(message: Message, capture: str) -> None:
    said = line(message, SENSOR, capture)

    assert said.isascii()
    assert len(said.splitlines()) == 1
    assert json.loads(said) == document(message, SENSOR, capture)


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
