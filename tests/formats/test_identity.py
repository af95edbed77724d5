"""A message has one identity, which a second delivery repeats."""

from dataclasses import replace

import pytest
from hypothesis import given

from nmapwatchd.core.alert import Action, Alert, FloodSummary, Message
from nmapwatchd.formats.identity import event_id, message_name, scan_id
from tests.building import engine, observation
from tests.formats.messages import AT, BLIND, FLOOD, OPENED, messages


@pytest.mark.parametrize("message", [OPENED, FLOOD])
def test_each_message_of_a_scan_has_an_id_of_its_own(message: Alert | FloodSummary) -> None:
    following = replace(message, sequence=message.sequence + 1)

    assert event_id(following) != event_id(message)
    assert scan_id(following) == scan_id(message)


@pytest.mark.parametrize("message", [OPENED, FLOOD])
def test_a_second_delivery_repeats_the_id_of_a_message(message: Alert | FloodSummary) -> None:
    assert event_id(replace(message)) == event_id(message)


def test_messages_of_two_scans_have_different_ids() -> None:
    other = replace(OPENED, scan_id=FLOOD.flood_id)

    assert event_id(other) != event_id(OPENED)
    assert event_id(replace(FLOOD, flood_id="0")) != event_id(FLOOD)


def test_the_same_packets_give_the_same_ids() -> None:
    def ids() -> list[str]:
        core = engine()
        alerts = [
            one for at in (0, 9) for one in core.observe(observation(at, payload=b"loud")).alerts
        ]
        return [event_id(one) for one in (*alerts, *core.drain().alerts)]

    assert ids() == ids()
    assert len(set(ids())) == 2


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


def test_a_scan_has_the_id_of_its_window_and_a_flood_its_own() -> None:
    assert (scan_id(OPENED), scan_id(FLOOD)) == (OPENED.scan_id, FLOOD.flood_id)


def test_a_name_is_action_and_id() -> None:
    assert message_name(OPENED) == f"scan-opened {event_id(OPENED)}"
    assert message_name(BLIND) == f"sensor-blind {event_id(BLIND)}"


@given(messages)
def test_any_name_is_one_bounded_printable_line(message: Message) -> None:
    assert message_name(message).isprintable()
    assert len(message_name(message)) < 300
