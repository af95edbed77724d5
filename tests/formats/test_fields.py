"""The table states each field once, and completely."""

import re
from collections import Counter
from typing import get_args

import pytest

from nmapwatchd.core.alert import Alert, FloodSummary, Message, SensorEvent
from nmapwatchd.core.counters import Counters
from nmapwatchd.formats.field import Field, Type
from nmapwatchd.formats.fields import CEF_KEYS, FIELDS, fields_of
from tests.formats import ecs_schema

KINDS: tuple[type[Message], ...] = get_args(Message)
# Contract: operators' rules and searches name these.
CONTRACT = {
    Alert: """action event_id scan_id sequence severity risk_score source tool confidence expected
        caveat decoys decoys_omitted closed_by start end duration sightings packets signatures
        targets targets_omitted ports ports_omitted transport option option_possible command
        evidence rule technique interface vlan outer mac decoy target port near_authorisation
        not_covered_because identity""",
    FloodSummary: """action event_id scan_id sequence severity risk_score sources sources_omitted
        tool caveat closed_by start end duration signatures macs macs_omitted targets
        targets_omitted ports ports_omitted rule interface vlan mac listed_source target port""",
    SensorEvent: " ".join([
        "action event_id severity risk_score detail interface",
        *(f"count_{name}" for name in Counters().counts()),
    ]),
}  # fmt: skip
# Keys of the Common Event Format's dictionary that the table may use.
CEF = re.compile(
    "act|cat|cnt|cs[1-6]|cn[1-3]|deviceInboundInterface|dpt|dst|dvchost|end|externalId"
    "|flexNumber[12]|flexString[12]|msg|proto|reason|rt|smac|sproc|src|start"
)


@pytest.mark.parametrize("kind", KINDS)
def test_flat_fields_are_those_of_the_contract_in_this_order(kind: type[Message]) -> None:
    assert [row.flat for row in fields_of(kind) if row.flat] == CONTRACT[kind].split()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("column", ["path", "flat", "cef"])
def test_a_message_has_no_name_twice(kind: type[Message], column: str) -> None:
    names = [getattr(row, column) for row in fields_of(kind)]

    assert [name for name, count in Counter(filter(None, names)).items() if count > 1] == []


@pytest.mark.parametrize("row", FIELDS, ids=lambda row: row.path or row.flat)
def test_a_row_is_complete(row: Field) -> None:
    assert row.path or row.flat
    assert row.meaning.endswith(".")
    assert set(row.kinds) <= set(KINDS)
    assert re.fullmatch(r"(@|[a-z])[a-z_.]*|", row.path)
    assert re.fullmatch("[a-z_]{0,32}", row.flat)
    assert not row.cef or CEF.fullmatch(row.cef)


def test_no_field_is_an_object_as_well() -> None:
    paths = {row.path for row in FIELDS}

    assert [path for path in paths if any(other.startswith(f"{path}.") for other in paths)] == []


@pytest.mark.parametrize(
    "row", [row for row in FIELDS if row.path and not row.path.startswith("nmapwatchd.")],
    ids=lambda row: row.path,
)  # fmt: skip
def test_a_field_of_ecs_is_as_ecs_defines_it(row: Field) -> None:
    known = ecs_schema.FIELDS[row.path]

    assert (row.type, row.is_list) == (known.type, known.is_list)


def test_elasticsearch_maps_our_own_fields_to_their_types() -> None:
    # By the dynamic templates of its component template ecs@mappings.
    for row in (row for row in FIELDS if row.path.startswith("nmapwatchd.")):
        assert row.path.endswith((".ip", "_ip")) is (row.type is Type.IP)
        assert not re.search(r"(timestamp|\.(created|start|end))$|_score|\.usage$", row.path)
        assert row.type in {Type.KEYWORD, Type.LONG, Type.BOOLEAN, Type.IP}


def test_a_counter_has_the_meaning_that_the_sensor_states() -> None:
    meanings = {row.path: row.meaning for row in FIELDS if ".counters." in row.path}

    assert set(meanings) == {f"nmapwatchd.counters.{name}" for name in Counters().counts()}
    assert meanings["nmapwatchd.counters.rule_errors"] == (
        "Since the start: errors of rules; each rule was skipped for one observation."
    )


def test_keys_of_cef_are_by_flat_name() -> None:
    assert CEF_KEYS["source"] == "src"
    assert CEF_KEYS["scan_id"] == "cs1"
    assert "" not in CEF_KEYS


def test_what_cef_has_beside_the_flat_fields_is_no_other_than_time_host_and_sentence() -> None:
    assert {row.cef for row in FIELDS if row.cef and not row.flat} == {"rt", "dvchost", "msg"}
