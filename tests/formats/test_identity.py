"""A message has one identity, which a second delivery repeats."""

from dataclasses import replace

import pytest
from hypothesis import given

from nmapwatchd.core.alert import Action, Message
from nmapwatchd.formats.identity import event_id, message_name
from tests.formats.messages import AT, BLIND, FLOOD, OPENED, messages


def test_every_summary_of_a_flood_has_the_id_of_the_flood() -> None:
    assert event_id(FLOOD) == event_id(replace(FLOOD, at=AT, sources=7)) == FLOOD.flood_id


def test_a_sensor_event_has_an_id_that_a_second_delivery_repeats() -> None:
    assert event_id(BLIND) == event_id(replace(BLIND))
    assert event_id(BLIND) != event_id(replace(BLIND, at=AT + 1))


@pytest.mark.parametrize(
    "other",
    [
        replace(BLIND, action=Action.SENSOR_RECOVERED),
        replace(BLIND, at=AT + 1),
        replace(BLIND, interfaces=("eth1",)),
        replace(BLIND, detail="another"),
    ],
)
def test_sensor_events_that_differ_have_different_ids(other: Message) -> None:
    assert event_id(other) != event_id(BLIND)


def test_counts_do_not_change_the_id_of_a_sensor_event() -> None:
    assert event_id(replace(BLIND, counts={})) == event_id(BLIND)


def test_an_alert_has_the_id_of_its_window() -> None:
    assert event_id(OPENED) == OPENED.scan_id


def test_a_name_is_action_and_id() -> None:
    assert message_name(OPENED) == f"scan-opened {OPENED.scan_id}"
    assert message_name(BLIND) == f"sensor-blind {event_id(BLIND)}"


@given(messages)
def test_any_name_is_one_bounded_printable_line(message: Message) -> None:
    assert message_name(message).isprintable()
    assert len(message_name(message)) < 300
