"""Syslog messages are well-formed, whatever was observed."""

import re
from dataclasses import replace

import pytest
from hypothesis import assume, given

from nmapwatchd.core.alert import Action, Message
from nmapwatchd.formats.identity import event_id
from nmapwatchd.formats.rfc5424 import (
    DEFAULT_SD_ID,
    MAXIMUM_DATAGRAM,
    MAXIMUM_MESSAGE,
    format_rfc5424,
    is_sd_id,
)
from nmapwatchd.formats.sensor import Sensor
from nmapwatchd.formats.summary import summarise
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
    priority, at, host, process, action, _, text = parts(format_rfc5424(CLOSED, SENSOR))

    assert (priority, at, host) == (b"29", b"2026-11-22T11:49:19.426000Z", b"sensor1")
    assert (process, action) == (b"4711", b"scan-closed")
    assert text == summarise(CLOSED).encode("ascii", "backslashreplace")


def test_the_structured_data_has_the_id_that_is_configured() -> None:
    assert parts(format_rfc5424(BLIND, SENSOR))[5].startswith(b"[nmapwatchd@0 action=")
    assert b" [name@32473.1 action=" in format_rfc5424(BLIND, SENSOR, sd_id="name@32473.1")


@pytest.mark.parametrize(
    "text",
    [DEFAULT_SD_ID, "a@1", "name@32473.1.2", f"{'n' * 29}@12", "!#$%&'()*+,-./:;<>?[^`{|}~@0"],
)
def test_a_private_name_with_a_number_is_an_id(text: str) -> None:
    assert is_sd_id(text)


@pytest.mark.parametrize(
    "text",
    ["", "x", "@1", "name@", "name@x", "name@1.", "name@.1", "name@1..2", "na=me@1", "na me@1",
     "na]me@1", 'na"me@1', "na@me@1", "näme@1", "na\nme@1", "name@1\n", "name@\u0661", "na\x7fme@1",
     f"{'n' * 30}@12"],
)  # fmt: skip
def test_anything_else_is_none(text: str) -> None:
    assert not is_sd_id(text)


def test_structured_data_has_the_fields_of_an_alert() -> None:
    found = parameters(parts(format_rfc5424(CLOSED, SENSOR))[5].decode())

    assert found["event_id"] == event_id(CLOSED)
    assert found["source"] == "10.0.0.5"
    assert found["target"] == "10.0.0.8,10.0.0.9,10.0.0.10"
    assert found["port"] == "80,443"
    assert found["rule"] == "http.nse-user-agent,tls.probe"
    assert found["mac"] == "52-54-00-AB-34-56"
    assert found["evidence"] == f"user_agent={CLOSED.evidence[0].value}"


def test_decoys_are_counted_and_listed() -> None:
    many = replace(CLOSED, decoys=("10.0.0.6", "10.0.0.7"), decoys_omitted=3)
    found = parameters(parts(format_rfc5424(many, SENSOR))[5].decode())

    assert (found["decoys"], found["decoys_omitted"]) == ("5", "3")
    assert found["decoy"] == "10.0.0.6,10.0.0.7"


def test_a_sensor_event_carries_its_counts() -> None:
    found = parameters(parts(format_rfc5424(BLIND, SENSOR))[5].decode())

    assert found["action"] == "sensor-blind"
    assert found["count_frames"] == "12"


def test_quotes_brackets_and_backslashes_are_escaped_in_structured_data() -> None:
    quote = replace(OPENED.evidence[0], value='a"b]c\\d')

    found = format_rfc5424(replace(OPENED, evidence=(quote,)), SENSOR)

    assert rb'evidence="user_agent=a\"b\]c\\\\d"' in found


@pytest.mark.parametrize(
    ("message", "priority"),
    [(OPENED, 4), (CLOSED, 5), (BLIND, 3), (replace(BLIND, action=Action.SENSOR_HEARTBEAT), 6)],
)
def test_priority_is_the_daemon_facility_and_the_message_s_severity(
    message: Message, priority: int
) -> None:
    assert format_rfc5424(message, SENSOR).startswith(b"<%d>1 " % (3 * 8 + priority))


def test_an_invalid_host_name_is_made_valid() -> None:
    assert parts(format_rfc5424(BLIND, Sensor("a b\nü", "1")))[2] == b"a_b__"
    assert parts(format_rfc5424(BLIND, Sensor("", "1")))[2] == b"-"
    assert parts(format_rfc5424(BLIND, Sensor("x" * 999, "1")))[2] == b"x" * 255


def test_values_that_do_not_fit_a_datagram_are_counted() -> None:
    hosts = tuple(f"2001:db8:1111:2222:3333:4444:5555:{i:04x}" for i in range(32))
    full = replace(CLOSED, targets=hosts)

    found = parameters(parts(format_rfc5424(full, SENSOR, MAXIMUM_DATAGRAM))[5].decode())

    listed = found["target"].split(",") if "target" in found else []
    shown = len(listed) + len(found.get("port", "").split(","))
    assert tuple(listed) == hosts[: len(listed)]
    assert shown + int(found["omitted"]) == len(hosts) + len(full.ports)


def test_many_signatures_do_not_displace_targets_and_ports() -> None:
    rules = tuple(replace(CLOSED.rules[0], id=f"http.signature-number-{n}") for n in range(64))
    full = replace(CLOSED, rules=rules)

    found = parameters(parts(format_rfc5424(full, SENSOR, MAXIMUM_DATAGRAM))[5].decode())

    assert found["rule"].startswith("http.signature-number-0,http.signature-number-1,")
    assert found["target"].startswith("10.0.0.8")
    assert found["port"].startswith("80")
    assert int(found["omitted"]) > 0


@given(messages)
def test_any_message_is_one_line(message: Message) -> None:
    assume(summarise(message).isascii())
    for maximum in (MAXIMUM_MESSAGE, MAXIMUM_DATAGRAM):
        written = format_rfc5424(message, Sensor("s" * 300, "1", 4_194_304), maximum)

        *_, data, text = parts(written)
        assert len(written) <= maximum
        assert parameters(data.decode())["action"] == message.action
        assert text == summarise(message).encode("ascii", "backslashreplace")
        assert (data + text).decode().isprintable()


def test_a_datagram_is_a_packet_of_ipv6_s_minimum_mtu() -> None:
    assert MAXIMUM_DATAGRAM == 1280 - 40 - 8


def test_as_many_values_are_sent_as_fit() -> None:
    hosts = tuple(f"2001:db8::{i:04x}" for i in range(32))
    message = replace(CLOSED, targets=hosts)
    whole = len(format_rfc5424(message, SENSOR))

    # A message that omits nothing leaves the reserve for `omitted` unused, and one separator.
    reserve = 24 - len("]")
    assert len(format_rfc5424(message, SENSOR, whole + reserve)) == whole
    assert b" omitted=" in format_rfc5424(message, SENSOR, whole + reserve - 1)
    assert b' omitted="' in format_rfc5424(message, SENSOR, whole - 100)


def test_only_the_first_evidence_is_sent() -> None:
    two = replace(OPENED, evidence=(*OPENED.evidence, replace(OPENED.evidence[0], value="second")))

    assert b"second" not in format_rfc5424(two, SENSOR)
