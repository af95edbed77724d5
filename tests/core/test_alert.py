"""Alerts and sensor events are the contract that sinks, documents and operators rely on."""

from dataclasses import FrozenInstanceError, fields

import pytest

from nmapwatchd.core.alert import Action, Alert, EvidenceItem, FloodSummary, Rule, SensorEvent
from nmapwatchd.core.rule import Confidence
from tests.formats.messages import FLOOD, OPENED


def test_the_actions_are_those_of_the_contract() -> None:
    assert [action.value for action in Action] == [
        "scan-opened", "scan-continues", "scan-closed", "scan-expected", "scan-flood",
        "sensor-started", "sensor-heartbeat", "sensor-dropping", "sensor-blind", "sensor-limited",
        "sensor-shedding", "sensor-undelivered", "sensor-recovered", "sensor-selftest",
        "sensor-stopped",
    ]  # fmt: skip


def test_an_open_unexpected_scan_without_decoys_is_the_default() -> None:
    values = {field.name: getattr(OPENED, field.name) for field in fields(Alert)}
    optional = {
        "expected", "closed_by", "caveats", "decoys", "decoys_omitted", "on_link", "is_raised",
        "is_unchanged",
    }  # fmt: skip
    alert = Alert(**{name: value for name, value in values.items() if name not in optional})

    assert (alert.expected, alert.closed_by) == ("", "")
    assert (alert.caveats, alert.decoys, alert.decoys_omitted) == ((), (), 0)
    assert (alert.is_raised, alert.is_unchanged, alert.on_link) == (True, False, False)


def test_every_list_that_is_bounded_counts_what_it_omits() -> None:
    names = {field.name for field in fields(Alert)}

    for bounded in ("targets", "ports", "source_ports", "decoys"):
        assert {bounded, f"{bounded}_omitted"} <= names
    names = {field.name for field in fields(FloodSummary)}
    for bounded in ("targets", "ports", "macs"):
        assert {bounded, f"{bounded}_omitted"} <= names


def test_messages_cannot_change_while_sinks_send_them() -> None:
    messages = (
        OPENED,
        FLOOD,
        Rule("a", "b", "c", Confidence.WEAK, 1),
        EvidenceItem("a", "b", "c"),
        SensorEvent(Action.SENSOR_STARTED, 0, ""),
    )
    for message in messages:
        with pytest.raises(FrozenInstanceError):
            setattr(message, fields(message)[0].name, "changed")


def test_a_sensor_event_concerns_no_interface_and_has_no_counts_by_default() -> None:
    event = SensorEvent(Action.SENSOR_STOPPED, 7, "terminated")

    assert (event.interfaces, event.counts) == ((), {})
