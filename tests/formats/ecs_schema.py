"""
The Elastic Common Schema, as documents are validated against it.

`ecs_fields.txt` has the facts: name, type, whether ECS has an array, and the allowed values. To
take another version: `python -m tests.formats.ecs_schema VERSION ecs_flat.yml`, with the file
generated/ecs/ecs_flat.yml of https://github.com/elastic/ecs at the tag of that version, and
ECS_VERSION in nmapwatchd/formats/fields.py.
"""

import ipaddress
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from nmapwatchd.core.alert import Alert, FloodSummary, Message, SensorEvent
from nmapwatchd.formats.field import Type
from nmapwatchd.formats.fields import fields_of

FACTS = Path(__file__).parent / "ecs_fields.txt"
# Characters of a keyword that Elasticsearch indexes (`ignore_above` of ECS).
MAXIMUM_KEYWORD = 1024

# Sets of fields that a sensor of networks may use; ECS has hundreds of others.
_SETS = {
    "@timestamp", "message", "tags", "destination", "ecs", "event", "network", "observer",
    "related", "rule", "source", "threat",
}  # fmt: skip
_OTHERS = ("threat.enrichments", "threat.indicator", "threat.feed", "threat.group")


@dataclass(frozen=True)
class EcsField:
    type: str
    is_list: bool
    allowed: frozenset[str]


def _read() -> tuple[str, dict[str, EcsField]]:
    head, *lines = FACTS.read_text().splitlines()
    rows = (line.split(" ") for line in lines if not line.startswith("#"))
    return head.split()[3].removeprefix("v"), {
        name: EcsField(type_, shape == "array", frozenset(allowed))
        for name, type_, shape, *allowed in rows
    }


VERSION, FIELDS = _read()
# Our own fields of each type of messages.
_OWN: dict[type[Message], dict[str, EcsField]] = {
    kind: {
        field.path: EcsField(field.type.value, field.is_list, frozenset())
        for field in fields_of(kind)
        if field.path.startswith("nmapwatchd.")
    }
    for kind in (Alert, FloodSummary, SensorEvent)
}


def faults(document: dict[str, Any], kind: type[Message]) -> list[str]:
    """Return what of a document neither ECS nor the table of fields allows."""
    found = []
    for path, value in leaves(document):
        known = _OWN[kind] if path.startswith("nmapwatchd.") else FIELDS
        if path not in known:
            found.append(f"{path}: unknown")
        elif fault := _fault(value, known[path]):
            found.append(f"{path}: {fault}: {value!r}")
    return found


def kind_of(document: dict[str, Any]) -> type[Message]:
    """Return the type of the message that a document was made of."""
    action = document["event"]["action"]
    if action == "scan-flood":
        return FloodSummary
    return Alert if action.startswith("scan-") else SensorEvent


def leaves(document: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the path and the value of each field."""
    for key, value in document.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _fault(value: object, field: EcsField) -> str:
    """Return what is wrong with a value; '' if nothing is."""
    if value == []:  # no value
        return ""
    if isinstance(value, list) is not field.is_list:
        return "not a list" if field.is_list else "a list"
    if value == "":
        return "empty"
    for member in value if isinstance(value, list) else [value]:
        if not _is_of(member, field.type):
            return f"not of the type {field.type}"
        if field.allowed and member not in field.allowed:
            return "not allowed"
    return ""


def _is_of(value: object, type_: str) -> bool:
    match type_:
        case Type.KEYWORD:
            return isinstance(value, str) and len(value) <= MAXIMUM_KEYWORD
        case Type.TEXT:
            return isinstance(value, str)
        case Type.BOOLEAN:
            return isinstance(value, bool)
        case Type.LONG:
            return type(value) is int and -(2**63) <= value < 2**63
        case Type.FLOAT:
            return type(value) in {int, float}
        case Type.DATE:
            return isinstance(value, str) and _is_date(value)
        case Type.IP:
            return isinstance(value, str) and "%" not in value and _is_address(value)
    raise AssertionError(type_)


def _is_date(value: str) -> bool:
    is_exact = re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value) is not None
    return is_exact and datetime.fromisoformat(value) is not None


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def facts(version: str, text: str) -> Iterator[str]:
    """Yield the lines of ecs_fields.txt, from ecs_flat.yml."""
    yield f"# elastic/ecs tag v{version} generated/ecs/ecs_flat.yml: name, type, shape, allowed"
    for section in re.split(r"^(?=[@a-z])", text, flags=re.MULTILINE):
        name = section.partition(":")[0].strip("'\"")
        if name.partition(".")[0] not in _SETS or name.startswith(_OTHERS):
            continue
        (type_,) = re.findall(r"^  type: (\w+)$", section, re.MULTILINE)
        shape = "array" if re.search(r"^  normalize:\n  - array$", section, re.MULTILINE) else "one"
        values = re.search(r"^  allowed_values:\n((?:  [ -].*\n|\n)*)", section, re.MULTILINE)
        allowed = re.findall(r"^  (?:- |  )name: (\S+)$", values[1] if values else "", re.MULTILINE)
        yield " ".join([name, type_, shape, *allowed])


if __name__ == "__main__":
    version, path = sys.argv[1:]
    FACTS.write_text("\n".join(facts(version, Path(path).read_text())) + "\n")
