"""The object for a program has the same keys for every message."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from nmapwatchd.core.alert import Message
from nmapwatchd.formats.ecs import format_ecs
from nmapwatchd.reports.explain import explain_message
from nmapwatchd.reports.explanation_json import as_json
from nmapwatchd.reports.record import read_message
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.formats.messages import BLIND, CLOSED, FLOOD, OPENED, SENSOR, messages

CATALOGUE = shipped_catalogue()
MANUAL = Path(__file__).parents[2] / "docs/nmapwatchd.8"


def document(message: Message) -> dict[str, Any]:
    """Return a message, explained."""
    text = as_json(explain_message(read_message(format_ecs(message, SENSOR)), CATALOGUE), "here")
    found: dict[str, Any] = json.loads(text)
    assert text.isascii()
    return found


def shape(value: Any) -> Any:
    """Return the keys of an object and the types of its values; of a list, nothing."""
    if isinstance(value, dict):
        return {key: shape(part) for key, part in value.items()}
    return type(value)


@pytest.mark.parametrize("message", [CLOSED, FLOOD, BLIND], ids=lambda m: m.action)
def test_every_message_has_the_same_keys(message: Message) -> None:
    assert shape(document(message)) == shape(document(OPENED))


def test_the_values_are_those_of_the_explanation() -> None:
    found = document(OPENED)

    assert (found["action"], found["found_in"]) == ("scan-opened", "here")
    assert found["source"]["address"] == "10.0.0.5"
    assert found["options"]["proven"] == ["-sC", "-sV"]
    assert found["rows"][0]["id"] == "http.nse-user-agent"
    assert found["confidence"]["name"] == "exclusive"
    assert found["next"][0]["text"].startswith("Look for 10.0.0.5")
    assert found["authorised"][0] == "[[authorised]]"
    assert found["tuning"][1]["line"] == 'disable = ["http.nse-user-agent"]'


def test_the_manual_lists_the_keys() -> None:
    section = MANUAL.read_text().partition(".It Cm explain\n")[2].partition(".It Cm catalogue\n")[0]
    listed = set(re.findall(r"\b[a-z]+(?:_[a-z]+)*\b", section.replace(".Li", " ")))
    found = document(OPENED)
    keys = {*found, *found["rows"][0], *found["next"][0], *found["tuning"][0]}
    for part in ("sensor", "source", "target", "options", "confidence"):
        keys |= set(found[part])

    assert keys <= listed


@given(messages)
def test_any_message_has_the_keys(message: Message) -> None:
    assert shape(document(message)) == shape(document(OPENED))
