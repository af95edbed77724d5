"""A message is read back from JSON and from a journal entry; anything else is refused."""

import json
from contextlib import suppress
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nmapwatchd.core.alert import Action, EvidenceItem, Message
from nmapwatchd.formats.ecs import document, format_ecs
from nmapwatchd.formats.identity import event_id
from nmapwatchd.formats.journal import format_journal
from nmapwatchd.reports.record import (
    MAXIMUM_MESSAGE,
    MessageRecord,
    NotAMessageError,
    read_entry,
    read_message,
)
from tests.formats.messages import BLIND, CLOSED, FLOOD, NASTY, OPENED, SENSOR, messages

FULL = replace(
    CLOSED,
    caveats=("spoofable", "tunnelled"),
    decoys=("10.0.0.6", "10.0.0.7"),
    outer=("192.0.2.1>192.0.2.2",),
    expected="audit",
    near_authorisation="weekly",
    not_covered_because="authorised until 2026-11-01",
)


def entry(message: Message) -> dict[str, Any]:
    """Return a message as journald returns it: a value, or a list of values."""
    found: dict[str, Any] = {"_HOSTNAME": [SENSOR.hostname], "__CURSOR": [b"\xff"]}
    for line in format_journal(message):
        name, _, value = line.partition("=")
        found.setdefault(name, []).append(value)
    # A field that occurs once is no list.
    return {name: value[0] if len(value) == 1 else value for name, value in found.items()}


def without_titles(record: MessageRecord) -> MessageRecord:
    """Return a record without what a journal entry does not have."""
    rules = tuple(replace(rule, title="", reference="", count=0) for rule in record.rules)
    evidence = tuple(replace(item, rule="") for item in record.evidence)
    return replace(record, rules=rules, evidence=evidence, at="", on_link=False, source_ports=())


def test_the_values_are_those_of_the_message() -> None:
    found = read_message(format_ecs(FULL, SENSOR))

    assert (found.action, found.sequence, found.source) == (Action.SCAN_CLOSED, 3, "10.0.0.5")
    assert (found.event_id, found.scan_id) == (event_id(FULL), FULL.scan_id)
    assert (found.macs, found.on_link) == (("52-54-00-AB-34-56",), True)
    assert found.targets == ("10.0.0.8", "10.0.0.9", "10.0.0.10")
    assert (found.ports, found.source_ports) == (("80", "443"), ("40000",))
    assert (found.interfaces, found.vlans, found.hostname) == (("eth0",), ("12",), "sensor1")
    assert (found.options, found.closed_by) == (("-sC", "-sV"), "idle")
    assert [(rule.id, rule.count) for rule in found.rules] == [
        ("http.nse-user-agent", 1),
        ("tls.probe", 127),
    ]
    assert found.evidence == OPENED.evidence
    assert (found.decoys, found.outer) == (("10.0.0.6", "10.0.0.7"), ("192.0.2.1>192.0.2.2",))
    assert (found.expected, found.caveats) == ("audit", ("spoofable", "tunnelled"))


@pytest.mark.parametrize("message", [FULL, OPENED, FLOOD, BLIND], ids=lambda m: m.action)
def test_a_journal_entry_says_the_same_as_json(message: Message) -> None:
    read = read_message(format_ecs(message, SENSOR))

    assert read_entry(entry(message)) == without_titles(read)
    assert read_message(json.dumps(entry(message), default=str).encode()) == without_titles(read)


def test_every_value_of_a_scan_is_read() -> None:
    found = read_message(format_ecs(replace(FULL, explanation=replace(
        FULL.explanation, possible=("-O",), command="nmap -A",
    )), SENSOR))  # fmt: skip

    empty = {field.name for field in fields(found) if not getattr(found, field.name)}
    assert empty == {"capture", "detail", "sources", "listed_sources"}


def test_a_replayed_message_names_its_capture() -> None:
    assert read_message(format_ecs(OPENED, SENSOR, "lan.pcap")).capture == "lan.pcap"


@given(messages)
def test_any_message_is_read_and_printable(message: Message) -> None:
    for found in (read_message(format_ecs(message, SENSOR)), read_entry(entry(message))):
        texts = [text for text in vars_of(found) if isinstance(text, str)]
        assert "".join(texts).isprintable()


def vars_of(record: MessageRecord) -> list[Any]:
    """Return all values of a record, those of lists one by one."""
    values: list[Any] = []
    for field in fields(record):
        value = getattr(record, field.name)
        values += value if isinstance(value, tuple) else [value]
    for rule in record.rules:
        values += [rule.id, rule.title, rule.reference]
    for item in record.evidence:
        values += [item.rule, item.field, item.value]
    return values


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b" \n", "is empty"),
        (b"nmap", "is not JSON: Expecting value at character 1"),
        (b"{}\n{}", "is more than one message; give one"),
        (b"[]", "is JSON, but not an object"),
        (b'"\xff"', "is not UTF-8 at byte 2"),
        (b"[" * 100_000, "is nested too deeply"),
        (b"1" * 5_000, "has a number of too many digits"),
        (b" " * MAXIMUM_MESSAGE + b"{}", "is longer than 1 MiB"),
        (b"{}", 'is no message of nmapwatchd: it has no "event"'),
        (b'{"event": {"action": "scan-opened"}}',
         'is no message of nmapwatchd: it has no "nmapwatchd"'),
        (b'{"event": {"action": "a\\u001b[31m"}, "nmapwatchd": {}}',
         'is no message of nmapwatchd: its action is "a\\x1b[31m"'),
        (b'{"event": 1, "nmapwatchd": {}}', 'is no message of nmapwatchd: its action is ""'),
        (b'{"NMAPWATCHD_ACTION": ["x"]}', 'is no message of nmapwatchd: its action is "x"'),
    ],
)  # fmt: skip
def test_what_is_no_message_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(NotAMessageError) as refused:
        read_message(data)

    assert str(refused.value) == reason


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(NASTY) | st.just("9" * 30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
)


@st.composite
def changed_documents(draw: st.DrawFn) -> dict[str, Any]:
    """A message in which any value, or object, is anything else."""
    kinds: list[Message] = [FULL, FLOOD, BLIND]
    found = document(draw(st.sampled_from(kinds)), SENSOR)
    parts = [found, *(part for part in found.values() if isinstance(part, dict))]
    parts += [part for part in found["nmapwatchd"].values() if isinstance(part, dict)]
    for _ in range(draw(st.integers(1, 3))):
        part = draw(st.sampled_from(parts))
        part[draw(st.sampled_from(sorted(part)))] = draw(anything)
    return found


@given(changed_documents())
@example({**document(OPENED, SENSOR), "source": {"address": "\ud800\x1b[31m"}})
def test_a_value_of_another_type_counts_as_missing(changed: dict[str, Any]) -> None:
    with suppress(NotAMessageError):  # a changed action is no action
        found = read_message(json.dumps(changed).encode())
        assert "".join(str(value) for value in vars_of(found)).isprintable()


def test_lists_of_different_lengths_lose_no_evidence() -> None:
    changed = document(OPENED, SENSOR)
    changed["nmapwatchd"]["evidence"] = {"field": ["uri"], "value": ["/a", "/b"]}

    found = read_message(json.dumps(changed).encode())

    assert found.evidence == (EvidenceItem("", "uri", "/a"), EvidenceItem("", "", "/b"))
