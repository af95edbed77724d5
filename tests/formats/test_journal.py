"""A journal entry has all fields of a message, each on one line."""

import re
from dataclasses import replace

from hypothesis import given

from nmapwatchd.core.alert import Message
from nmapwatchd.formats.actions import ACTIONS
from nmapwatchd.formats.identity import event_id
from nmapwatchd.formats.journal import format_journal
from nmapwatchd.formats.severity import severity
from nmapwatchd.formats.summary import summarise
from tests.formats.messages import BLIND, CLOSED, OPENED, messages


def values(message: Message, name: str) -> list[str]:
    """Return the values of a field."""
    fields = [field.partition("=") for field in format_journal(message)]
    return [value for found, _, value in fields if found == name]


@given(messages)
def test_any_field_is_one_line(message: Message) -> None:
    fields = format_journal(message)

    assert [field for field in fields if not field.isprintable()] == []
    assert [f for f in fields if not re.match(r"[A-Z][A-Z0-9_]{0,63}=", f)] == []


def test_the_fields_of_the_journal_itself() -> None:
    assert format_journal(CLOSED)[:5] == [
        f"MESSAGE={summarise(CLOSED)}",
        f"MESSAGE_ID={ACTIONS[CLOSED.action].message_id}",
        f"PRIORITY={severity(CLOSED).priority}",
        "SYSLOG_IDENTIFIER=nmapwatchd",
        "SYSLOG_FACILITY=3",
    ]


def test_an_entry_has_the_id_of_the_message_and_of_its_scan_and_its_number() -> None:
    assert values(CLOSED, "NMAPWATCHD_EVENT_ID") == [event_id(CLOSED)]
    assert values(CLOSED, "NMAPWATCHD_SCAN_ID") == [CLOSED.scan_id]
    assert values(CLOSED, "NMAPWATCHD_SEQUENCE") == ["3"]
    assert values(BLIND, "NMAPWATCHD_EVENT_ID") == [event_id(BLIND)]
    assert values(BLIND, "NMAPWATCHD_SCAN_ID") == []


def test_a_field_with_several_values_is_repeated() -> None:
    assert values(CLOSED, "NMAPWATCHD_TARGET") == ["10.0.0.8", "10.0.0.9", "10.0.0.10"]
    assert values(CLOSED, "NMAPWATCHD_PORT") == ["80", "443"]


def test_optional_fields_are_present_only_with_a_value() -> None:
    full = replace(CLOSED, expected="audit", caveats=("spoofable", "proxied"))

    assert values(full, "NMAPWATCHD_EXPECTED") == ["audit"]
    assert values(full, "NMAPWATCHD_CAVEAT") == ["spoofable", "proxied"]
    assert values(full, "NMAPWATCHD_CLOSED_BY") == [CLOSED.closed_by]
    for name in ("EXPECTED", "CAVEAT", "CLOSED_BY", "DECOY", "DECOYS"):
        assert values(OPENED, f"NMAPWATCHD_{name}") == []


def test_an_event_has_its_detail_and_counts() -> None:
    assert values(BLIND, "NMAPWATCHD_DETAIL") == ["tshark died, signal 9"]
    assert values(BLIND, "NMAPWATCHD_COUNT_FRAMES") == ["12"]
