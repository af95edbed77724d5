"""A message for this host's syslog is one traditional line."""

import re

from hypothesis import given

from nmapwatchd.core.alert import Message
from nmapwatchd.formats.rfc3164 import format_rfc3164
from nmapwatchd.formats.sensor import Sensor
from nmapwatchd.formats.summary import summarise
from tests.formats.messages import BLIND, OPENED, SENSOR, messages


@given(messages)
def test_any_message_is_one_line(message: Message) -> None:
    text = format_rfc3164(message, SENSOR).decode()

    assert re.match(r"<\d+>nmapwatchd\[4711\]: ", text)
    assert text.isprintable()
    assert summarise(message) in text


def test_a_line_names_the_window() -> None:
    assert format_rfc3164(OPENED, SENSOR).endswith(b" [scan-opened %s]" % OPENED.scan_id.encode())


def test_priority_is_the_facility_and_the_action_s() -> None:
    assert format_rfc3164(OPENED, SENSOR).startswith(b"<28>")
    assert format_rfc3164(BLIND, SENSOR).startswith(b"<27>")


def test_an_unknown_process_is_left_out() -> None:
    assert format_rfc3164(BLIND, Sensor("host", "1")).startswith(b"<27>nmapwatchd: nmapwatchd is")
