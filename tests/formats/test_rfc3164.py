"""A message in the traditional form is one line of ASCII, for a collector and for this host."""

import re
import time
from dataclasses import replace

import pytest
from hypothesis import assume, given

from nmapwatchd.core.alert import Message
from nmapwatchd.formats.identity import event_id
from nmapwatchd.formats.rfc3164 import MAXIMUM_LINE, format_local, format_rfc3164, rfc3164_header
from nmapwatchd.formats.sensor import Sensor
from nmapwatchd.formats.summary import summarise
from tests.formats.messages import AT, BLIND, FLOOD, OPENED, SECOND, SENSOR, messages

DAY = 86_400 * SECOND


@pytest.fixture(autouse=True)
def _utc(local_time_zone: None) -> None:
    """The sensor is in UTC."""


@given(messages)
def test_any_message_is_one_line_of_ascii(message: Message) -> None:
    assume(summarise(message).isascii())
    local = format_local(message, SENSOR).decode("ascii")
    text = format_rfc3164(message, Sensor("s" * 300, "1", 4_194_304)).decode("ascii")

    assert re.match(r"<\d+>nmapwatchd\[4711\]: ", local)
    assert re.match(
        r"<\d+>[A-Z][a-z]{2} [ 123]\d \d\d:\d\d:\d\d s{255} nmapwatchd\[4194304\]: ", text
    )
    for line in (local, text):
        assert line.isprintable()
        assert f"[{message.action} event_id={event_id(message)}" in line
        assert line.endswith("]")


@given(messages)
def test_a_message_for_a_collector_is_within_the_bound_of_the_standard(message: Message) -> None:
    assume(summarise(message).isascii())

    assert len(format_rfc3164(message, Sensor("s" * 300, "1", 4_194_304))) <= MAXIMUM_LINE


def test_a_collector_is_sent_time_host_tag_and_sentence() -> None:
    assert format_rfc3164(BLIND, SENSOR).decode() == (
        f"<27>Nov 22 11:49:19 sensor1 nmapwatchd[4711]: {summarise(BLIND)}"
        f" [sensor-blind event_id={event_id(BLIND)}]"
    )


def test_this_host_is_sent_neither_time_nor_host() -> None:
    assert format_local(BLIND, SENSOR).decode() == (
        f"<27>nmapwatchd[4711]: {summarise(BLIND)} [sensor-blind event_id={event_id(BLIND)}]"
    )


def test_a_scan_s_and_a_flood_s_message_names_both_and_its_place() -> None:
    for message, id_, sequence in ((OPENED, OPENED.scan_id, 1), (FLOOD, FLOOD.flood_id, 2)):
        end = f" event_id={event_id(message)} scan_id={id_} sequence={sequence}]".encode()

        assert format_rfc3164(message, SENSOR).endswith(end)
        assert format_local(message, SENSOR).endswith(end)


def test_an_identifier_that_does_not_fit_is_left_out_whole() -> None:
    text = format_rfc3164(replace(OPENED, scan_id="日" * 256), SENSOR).decode()

    assert text.endswith(
        f"[scan-opened event_id={event_id(replace(OPENED, scan_id='日' * 256))} sequence=1]"
    )


def test_a_day_is_padded_with_a_space() -> None:
    message = replace(BLIND, at=AT - 20 * DAY)

    assert rfc3164_header(message, SENSOR) == "<27>Nov  2 11:49:19 sensor1 "


def test_the_time_is_the_local_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()

    assert rfc3164_header(BLIND, SENSOR) == "<27>Nov 22 12:49:19 sensor1 "
    summer = replace(BLIND, at=AT - 180 * DAY)
    assert rfc3164_header(summer, SENSOR) == "<27>May 26 13:49:19 sensor1 "


@pytest.mark.parametrize("at", [-(2**64), 2**70])
def test_a_time_beyond_the_calendar_s_ends_is_its_first_or_last(at: int) -> None:
    assert rfc3164_header(replace(BLIND, at=at), SENSOR) in {
        "<27>Jan  1 00:00:00 sensor1 ", "<27>Dec 31 23:59:59 sensor1 ",
    }  # fmt: skip


def test_priority_is_the_facility_and_the_action_s() -> None:
    assert format_local(OPENED, SENSOR).startswith(b"<28>")
    assert format_rfc3164(BLIND, SENSOR).startswith(b"<27>")


def test_an_unknown_process_is_left_out() -> None:
    assert format_local(BLIND, Sensor("host", "1")).startswith(b"<27>nmapwatchd: nmapwatchd is")
