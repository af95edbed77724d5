"""Syslog messages are well-formed, whatever was seen."""

import re
from dataclasses import replace

import pytest
from hypothesis import given

from nmapwatchd.core.alert import Action, Message
from nmapwatchd.formats.sensor import Sensor
from nmapwatchd.formats.summary import sentence
from nmapwatchd.formats.syslog import (
    MAXIMUM_DATAGRAM,
    MAXIMUM_MESSAGE,
    local_message,
    syslog_message,
)
from tests.formats.messages import BLIND, CLOSED, OPENED, SENSOR, messages
from tests.sinks.collector import parameters

_MESSAGE = re.compile(
    rb"<(\d{1,3})>1 (\S{27}) ([!-~]{1,255}) nmapwatchd (\d+|-) ([!-~]{1,32})"
    rb' (\[(?:[^"\]\\]|\\.|"(?:[^"\\]|\\.)*")*\]) (.*)',
    re.DOTALL,
)


def parts(text: bytes) -> tuple[bytes, ...]:
    found = _MESSAGE.fullmatch(text)
    assert found is not None
    return found.groups()


def test_a_message_has_the_header_of_the_standard() -> None:
    priority, at, host, process, action, _, said = parts(syslog_message(CLOSED, SENSOR))

    assert (priority, at, host) == (b"29", b"2026-11-22T11:49:19.426000Z", b"sensor1")
    assert (process, action) == (b"4711", b"scan-closed")
    assert said.removeprefix(b"\xef\xbb\xbf").decode() == sentence(CLOSED)


def test_an_ascii_sentence_has_no_byte_order_mark_and_another_one_has() -> None:
    ascii_only, other = BLIND, replace(BLIND, detail="Überlauf")

    assert b"\xef\xbb\xbf" not in syslog_message(ascii_only, SENSOR)
    assert b"] \xef\xbb\xbfnmapwatchd sees nothing" in syslog_message(other, SENSOR)


def test_structured_data_carries_what_the_sentence_says() -> None:
    found = parameters(parts(syslog_message(CLOSED, SENSOR))[5].decode())

    assert found["event_id"] == CLOSED.scan_id
    assert found["source"] == "10.0.0.5"
    assert found["target"] == "10.0.0.8,10.0.0.9,10.0.0.10"
    assert found["port"] == "80,443"
    assert found["rule"] == "http.nse-user-agent,tls.probe"
    assert found["options"] == "-sC,-sV"
    assert found["mac"] == "52-54-00-AB-34-56"
    assert found["evidence"] == f"user_agent={CLOSED.evidence[0].value}"


def test_decoys_are_counted_and_listed() -> None:
    many = replace(CLOSED, decoys=("10.0.0.6", "10.0.0.7"), decoys_omitted=3)
    found = parameters(parts(syslog_message(many, SENSOR))[5].decode())

    assert (found["decoys"], found["decoys_omitted"]) == ("5", "3")
    assert found["decoy"] == "10.0.0.6,10.0.0.7"


def test_a_sensor_event_carries_its_counts() -> None:
    found = parameters(parts(syslog_message(BLIND, SENSOR))[5].decode())

    assert found["action"] == "sensor-blind"
    assert found["count_frames"] == "12"


def test_quotes_brackets_and_backslashes_are_escaped_in_structured_data() -> None:
    quote = replace(OPENED.evidence[0], value='a"b]c\\d')

    found = syslog_message(replace(OPENED, evidence=(quote,)), SENSOR)

    assert rb'evidence="user_agent=a\"b\]c\\\\d"' in found


@pytest.mark.parametrize(
    ("action", "priority"),
    [
        (Action.SCAN_OPENED, 4),
        (Action.SCAN_CONTINUES, 5),
        (Action.SCAN_EXPECTED, 6),
        (Action.SENSOR_BLIND, 3),
        (Action.SENSOR_DROPPING, 4),
        (Action.SENSOR_HEARTBEAT, 6),
    ],
)
def test_priority_is_the_daemon_facility_and_the_action_s_severity(
    action: Action, priority: int
) -> None:
    message = replace(OPENED if action.startswith("scan") else BLIND, action=action)

    assert syslog_message(message, SENSOR).startswith(b"<%d>1 " % (3 * 8 + priority))


def test_a_host_name_that_the_standard_forbids_is_made_fit() -> None:
    assert parts(syslog_message(BLIND, Sensor("a b\nü", "1")))[2] == b"a_b__"
    assert parts(syslog_message(BLIND, Sensor("", "1")))[2] == b"-"
    assert parts(syslog_message(BLIND, Sensor("x" * 999, "1")))[2] == b"x" * 255


def test_what_does_not_fit_a_datagram_is_counted() -> None:
    hosts = tuple(f"2001:db8:1111:2222:3333:4444:5555:{i:04x}" for i in range(32))
    full = replace(CLOSED, targets=hosts)

    found = parameters(parts(syslog_message(full, SENSOR, MAXIMUM_DATAGRAM))[5].decode())

    listed = found["target"].split(",") if "target" in found else []
    shown = len(listed) + len(found.get("port", "").split(","))
    assert tuple(listed) == hosts[: len(listed)]
    assert shown + int(found["omitted"]) == len(hosts) + len(full.ports)


@given(messages)
def test_whatever_was_seen_is_one_message_of_one_line(message: Message) -> None:
    for maximum in (MAXIMUM_MESSAGE, MAXIMUM_DATAGRAM):
        text = syslog_message(message, Sensor("s" * 300, "1", 4_194_304), maximum)

        *_, data, said = parts(text)
        assert len(text) <= maximum
        assert parameters(data.decode())["action"] == message.action
        assert sentence(message).startswith(said.removeprefix(b"\xef\xbb\xbf").decode())
        assert (data + said).decode().removeprefix("\ufeff").replace("\ufeff", "").isprintable()


@given(messages)
def test_whatever_was_seen_is_one_local_line(message: Message) -> None:
    text = local_message(message, SENSOR).decode()

    assert re.match(r"<\d+>nmapwatchd\[4711\]: ", text)
    assert text.isprintable()
    assert sentence(message) in text


def test_a_local_line_names_the_window() -> None:
    assert local_message(OPENED, SENSOR).endswith(b" [scan-opened %s]" % OPENED.scan_id.encode())
