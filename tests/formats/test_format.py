"""Every format returns one unframed message for any input, and depends on nothing else."""

import pytest
from hypothesis import given

from nmapwatchd.core.alert import Message
from nmapwatchd.formats.cef import format_cef
from nmapwatchd.formats.ecs import format_ecs
from nmapwatchd.formats.format import Format
from nmapwatchd.formats.rfc3164 import format_local, format_rfc3164
from nmapwatchd.formats.rfc5424 import format_rfc5424
from nmapwatchd.formats.summary import format_summary
from tests.formats.messages import SENSOR, messages

FORMATS = [format_cef, format_ecs, format_local, format_rfc3164, format_rfc5424, format_summary]


@pytest.mark.parametrize("format_", FORMATS)
@given(message=messages)
def test_any_message_is_one_line_of_utf_8_without_its_end(
    format_: Format, message: Message
) -> None:
    text = format_(message, SENSOR)

    assert text
    assert b"\n" not in text
    assert text.decode("utf-8")
    assert format_(message, SENSOR) == text
