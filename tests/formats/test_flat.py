"""Flat fields have everything that a message has, bounded and printable."""

from dataclasses import replace

import pytest
from hypothesis import given

from nmapwatchd.core.alert import Action, Alert, Message, Rule, SensorEvent
from nmapwatchd.core.counters import Counters
from nmapwatchd.core.explanation import Explanation
from nmapwatchd.core.rule import Confidence
from nmapwatchd.formats.flat import flat_fields
from nmapwatchd.formats.identity import event_id
from nmapwatchd.formats.severity import severity
from tests.formats.messages import BLIND, CLOSED, FLOOD, OPENED, TUNNELLED, messages


def fields(message: Message) -> dict[str, tuple[str, ...]]:
    found = list(flat_fields(message))
    assert len({name for name, _ in found}) == len(found)
    return dict(found)


def test_an_alert_has_all_its_fields_in_order_of_importance() -> None:
    full = replace(
        CLOSED, expected="audit", caveats=("spoofable",), decoys=("10.0.0.6",),
        decoys_omitted=2, targets_omitted=3, ports_omitted=4, outer=("192.0.2.1>192.0.2.9",),
        explanation=Explanation(("-sC", "-sV"), ("--script http-enum",), "nmap -sC -sV"),
    )  # fmt: skip

    assert list(flat_fields(full)) == [
        ("action", ("scan-closed",)),
        ("event_id", (event_id(CLOSED),)),
        ("scan_id", (CLOSED.scan_id,)),
        ("sequence", ("3",)),
        ("severity", (str(severity(CLOSED).severity),)),
        ("risk_score", (str(severity(CLOSED).risk_score),)),
        ("source", ("10.0.0.5",)),
        ("tool", ("nmap",)),
        ("confidence", ("exclusive",)),
        ("expected", ("audit",)),
        ("caveat", ("spoofable",)),
        ("decoys", ("3",)),
        ("decoys_omitted", ("2",)),
        ("closed_by", ("idle",)),
        ("start", ("2026-11-22T11:49:19.426Z",)),
        ("end", ("2026-11-22T11:50:00.426Z",)),
        ("duration", ("41000000000",)),
        ("sightings", ("128",)),
        ("packets", ("120",)),
        ("signatures", ("2",)),
        ("targets", ("6",)),
        ("targets_omitted", ("3",)),
        ("ports", ("6",)),
        ("ports_omitted", ("4",)),
        ("transport", ("tcp",)),
        ("option", ("-sC", "-sV")),
        ("option_possible", ("--script http-enum",)),
        ("command", ("nmap -sC -sV",)),
        ("evidence", (f"user_agent={CLOSED.evidence[0].value}",)),
        ("rule", ("http.nse-user-agent", "tls.probe")),
        ("technique", ("T1046",)),
        ("interface", ("eth0",)),
        ("vlan", ("12",)),
        ("outer", ("192.0.2.1>192.0.2.9",)),
        ("mac", ("52-54-00-AB-34-56",)),
        ("decoy", ("10.0.0.6",)),
        ("target", ("10.0.0.8", "10.0.0.9", "10.0.0.10")),
        ("port", ("80", "443")),
        ("identity", ("source=10.0.0.5",)),
    ]


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"closed_by": "idle"}, {"closed_by"}),
        ({"expected": "audit"}, {"expected"}),
        ({"caveats": ("proxied",)}, {"caveat"}),
        ({"outer": ("192.0.2.1>192.0.2.9",)}, {"outer"}),
        ({"decoys": ("10.0.0.6",)}, {"decoys", "decoy"}),
        ({"decoys": ("10.0.0.6",), "decoys_omitted": 1}, {"decoys", "decoys_omitted", "decoy"}),
        ({"ports_omitted": 1}, {"ports_omitted"}),
    ],
)
def test_a_field_without_a_value_is_left_out(change: dict[str, object], names: set[str]) -> None:
    with_value = replace(OPENED, **change)  # type: ignore[arg-type]

    assert set(fields(with_value)) - set(fields(OPENED)) == names


def test_a_number_that_is_0_is_a_value() -> None:
    assert fields(OPENED)["duration"] == ("0",)
    assert fields(TUNNELLED)["ports"] == ("0",)
    assert fields(TUNNELLED)["risk_score"]
    assert "port" not in fields(TUNNELLED)


def test_a_flood_has_all_its_fields_in_order_of_importance() -> None:
    assert list(flat_fields(replace(FLOOD, closed_by="idle"))) == [
        ("action", ("scan-flood",)),
        ("event_id", (event_id(FLOOD),)),
        ("scan_id", ("fedcba9876543210fedcba9876543210",)),
        ("sequence", ("2",)),
        ("severity", (str(severity(FLOOD).severity),)),
        ("risk_score", (str(severity(FLOOD).risk_score),)),
        ("sources", ("1234",)),
        ("sources_omitted", ("1231",)),
        ("tool", ("nmap",)),
        ("caveat", ("spoofable",)),
        ("closed_by", ("idle",)),
        ("start", ("2026-11-22T11:49:19.426Z",)),
        ("end", ("2026-11-22T11:49:28.426Z",)),
        ("duration", ("9000000000",)),
        ("signatures", ("1",)),
        ("macs", ("1",)),
        ("targets", ("1",)),
        ("ports", ("2",)),
        ("rule", ("tcp.raw-syn",)),
        ("interface", ("eth0",)),
        ("vlan", ("12",)),
        ("mac", ("52-54-00-AB-34-56",)),
        ("listed_source", ("198.51.100.7", "198.51.100.9", "198.51.100.200")),
        ("target", ("10.0.0.8",)),
        ("port", ("80", "443")),
    ]


def test_an_event_has_its_detail_interfaces_and_every_counter() -> None:
    counters = Counters(frames=12).counts()

    assert list(flat_fields(BLIND)) == [
        ("action", ("sensor-blind",)),
        ("event_id", (event_id(BLIND),)),
        ("severity", (str(severity(BLIND).severity),)),
        ("risk_score", (str(severity(BLIND).risk_score),)),
        ("detail", ("tshark died, signal 9",)),
        ("interface", ("eth0",)),
        *((f"count_{name}", (str(count),)) for name, count in counters.items()),
    ]


def test_an_event_has_only_counters_of_the_sensor_that_it_knows() -> None:
    event = SensorEvent(Action.SENSOR_BLIND, 0, "", (), {"frames": 1, "another": 2})

    assert [name for name in fields(event) if name.startswith("count_")] == ["count_frames"]


@given(messages)
def test_any_field_is_bounded_and_printable(message: Message) -> None:
    for name, values in flat_fields(message):
        assert len(name) <= 32
        assert 0 < len(values) <= 32
        assert [value for value in values if not value.isprintable()] == []


def test_lists_are_bounded() -> None:
    rules = tuple(Rule(f"r{i}", "", "", Confidence.WEAK, 1) for i in range(40))
    many: Alert = replace(
        OPENED, rules=rules,
        evidence=OPENED.evidence * 40, macs=OPENED.macs * 40, ports=tuple(range(1, 41)),
        targets=tuple(f"10.0.1.{i}" for i in range(40)),
    )  # fmt: skip

    found = fields(many)

    lists = ("evidence", "mac", "port", "target", "rule")
    assert {len(found[name]) for name in lists} == {32}
    assert (found["targets"], found["ports"], found["signatures"]) == (("40",),) * 3
