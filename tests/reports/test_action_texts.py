"""Each action's text of the journal catalogue can be filled with the values of a message."""

import re

import pytest

from nmapwatchd.core.alert import Action
from nmapwatchd.formats.actions import ACTIONS
from nmapwatchd.reports.action_texts import ActionText, action_texts


@pytest.mark.parametrize("action", Action)
def test_an_action_has_what_it_means_and_what_to_do(action: Action) -> None:
    meaning, *steps = action_texts()[ACTIONS[action].message_id].paragraphs

    assert re.fullmatch(r"[\w@][^\n]+[.:@]", meaning)
    assert steps


def test_a_value_takes_the_place_of_its_field() -> None:
    text = ActionText(("@NMAPWATCHD_DETAIL@ on it (NMAPWATCHD_INTERFACE).",))
    values = {"detail": "no link", "interface": "eth0"}

    assert text.filled(lambda name: values.get(name, "")) == ("no link on it (eth0).",)


def test_a_field_without_a_value_is_said_or_stays_a_name() -> None:
    text = ActionText(("@NMAPWATCHD_DETAIL@ on it (NMAPWATCHD_INTERFACE).",))

    assert text.filled(lambda _: "") == ("(not given) on it (NMAPWATCHD_INTERFACE).",)


def test_a_value_is_not_filled_itself() -> None:
    text = ActionText(("@NMAPWATCHD_DETAIL@",))

    assert text.filled(lambda _: "@NMAPWATCHD_DETAIL@") == ("@NMAPWATCHD_DETAIL@",)


def test_a_table_stays_lines() -> None:
    closed = action_texts()[ACTIONS[Action.SCAN_CLOSED].message_id]

    (table,) = [paragraph for paragraph in closed.paragraphs if "\n" in paragraph]
    assert table.startswith("idle      no sighting")
