"""The reference of fields, docs/alerts.md, is compiled from the table of fields."""

import json
import re
from pathlib import Path

import pytest

from nmapwatchd.core.alert import Action, Alert, SensorEvent
from nmapwatchd.exports.alerts import alerts
from nmapwatchd.formats.actions import ACTIONS
from nmapwatchd.formats.cef import IN_HEADER, custom
from nmapwatchd.formats.field import Field
from nmapwatchd.formats.fields import FIELDS
from tests.formats.ecs_schema import faults

DOCUMENT = Path(__file__).parents[2] / "docs" / "alerts.md"


def rows() -> list[list[str]]:
    """Return the cells of the tables of fields."""
    lines = [line for line in alerts().splitlines() if line.endswith("| 0.1.0 |")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_the_document_is_what_the_command_writes() -> None:
    assert DOCUMENT.read_text() == alerts(), "run: make documents"


def cef_key(field: Field) -> str:
    if field.cef or not field.flat or field.flat in IN_HEADER:
        return field.cef
    return custom(field.flat)


def test_every_field_has_one_row_with_its_names() -> None:
    named = {(row[0].strip("`"), row[2].strip("`"), row[4].strip("`")) for row in rows()}

    assert named == {(field.path, field.flat, cef_key(field)) for field in FIELDS}
    assert len(rows()) == len(FIELDS)


def test_the_journal_has_the_flat_names_in_capitals() -> None:
    for row in rows():
        flat = row[2].strip("`")
        assert row[3] == (f"`NMAPWATCHD_{flat.upper()}`" if flat else "")


def test_every_field_has_an_example_that_is_a_value_unless_it_counts() -> None:
    without = {row[0].strip("`") for row in rows() if row[6] in ("`[]`", '`""`', "")}
    zero = {row[0].strip("`") for row in rows() if row[6] == "`0`"}

    assert without == set()
    assert all(path.endswith("_omitted") or ".counters." in path for path in zero)


def test_every_action_is_listed_with_its_message_id() -> None:
    for action in Action:
        kind = "alert" if action is Action.SCAN_OPENED else "event"
        assert re.search(
            rf"^\| `{action}` \| {kind} \| .+ \| `{ACTIONS[action].message_id}` \|$",
            alerts(),
            re.MULTILINE,
        )


def test_every_section_of_fields_has_rows() -> None:
    sections = re.findall(r"^### (.+)\n\n\| JSON .+\n\|[ -|]+\n\| ", alerts(), re.MULTILINE)

    assert sections == ["Every message", "Scans and floods", "Scans", "Floods", "Sensor events"]


@pytest.mark.parametrize(
    ("position", "action", "kind"),
    [
        (0, "scan-opened", Alert),
        (1, "scan-closed", Alert),
        (2, "sensor-heartbeat", SensorEvent),
    ],
)
def test_an_example_is_a_whole_document(
    position: int, action: str, kind: type[Alert | SensorEvent]
) -> None:
    texts = re.findall(r"^```json\n(.+?)^```$", alerts(), re.MULTILINE | re.DOTALL)
    found = json.loads(texts[position])

    assert len(texts) == 3
    assert found["event"]["action"] == action
    assert faults(found, kind) == []


def test_elastic_s_configuration_is_for_the_file_of_the_example_configuration() -> None:
    example = (DOCUMENT.parents[1] / "etc" / "nmapwatchd.toml").read_text()

    (path,) = re.findall(r"paths: \[(.+)\]", alerts())
    assert f'path = "{path}"' in example
