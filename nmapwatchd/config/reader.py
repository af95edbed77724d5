"""Read the configuration file, and report all of its errors."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from nmapwatchd.config.settings import (
    AuthorisedSettings,
    ConfigText,
    EvidenceSettings,
    Settings,
    SpoolSettings,
    WindowSettings,
)
from nmapwatchd.config.sinks import SINK_KEYS, SINK_TABLES
from nmapwatchd.config.table import Table
from nmapwatchd.errors import Diagnostic, OperatorError, did_you_mean
from nmapwatchd.formats.escape import printable

DEFAULT_FILE = Path("/etc/nmapwatchd/nmapwatchd.toml")

# Keys of the file itself that are easily added at its end, where a table is.
_ADJUSTMENTS = ("disable", "confidence")
# How the tables of the file are written.
_HEADERS = {
    "window": "[window]",
    "evidence": "[evidence]",
    "spool": "[spool]",
    "sink": "[[sink]]",
    "authorised": "[[authorised]]",
}
# Those of which there is one kind.
TABLES: Mapping[str, type[Table]] = {
    "window": WindowSettings,
    "evidence": EvidenceSettings,
    "spool": SpoolSettings,
    "authorised": AuthorisedSettings,
}


def read_settings(file: Path) -> Settings:
    """
    Read a configuration file.

    Raises:
        OperatorError: with every error as `file: key: message`.
    """
    try:
        text = file.read_text(encoding="utf-8")
        document = tomllib.loads(text)
    except OSError as error:
        raise OperatorError(Diagnostic(str(file), error.strerror or str(error))) from error
    except (ValueError, RecursionError) as error:
        raise OperatorError(Diagnostic(str(file), str(error))) from error
    return validate_settings(document, str(file), text)


def validate_settings(document: Mapping[str, Any], name: str, text: str = "") -> Settings:
    """
    Validate the parsed content of a configuration file.

    Args:
        document: the content.
        name: the file, as errors name it.
        text: the content as it is written, in which settings are located.

    Raises:
        OperatorError: with every error as `name: key: message`.
    """
    try:
        return Settings.model_validate(document, context=ConfigText(name, text))
    except ValidationError as error:
        raise OperatorError(*(_diagnostic(name, details) for details in error.errors())) from error


def _diagnostic(name: str, details: ErrorDetails) -> Diagnostic:
    """Return one of pydantic's errors in terms of the file."""
    location, kind = details["loc"], ""
    if location[:1] == ("sink",) and len(location) > 2:
        # pydantic puts the kind of a sink after its number.
        location, kind = (*location[:2], *location[3:]), str(location[2])
    if details["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        location = (*location, "kind")
    return Diagnostic(f"{name}: {_key(location)}", _message(details, location, kind))


def _key(location: tuple[int | str, ...]) -> str:
    """Return a key as the file names it: `sink[2].path`, counting from 1."""
    text = ""
    for part in location:
        if part == "[key]":  # pydantic's mark of an error in a key itself
            continue
        text += f"[{part + 1}]" if isinstance(part, int) else f".{printable(part)}"
    return text.lstrip(".") or "file"


def _message(details: ErrorDetails, location: tuple[int | str, ...], sink_kind: str) -> str:
    """Return pydantic's commonest messages in plain words."""
    header = _HEADERS.get(str(location[0])) if location else None
    context = details.get("ctx", {})
    match details["type"]:
        case "model_type" | "model_attributes_type":
            return f"must be a table: {header}"
        case "tuple_type" if header and len(location) == 1:
            return f"must be a table: {header}"
        case "tuple_type":
            return "must be a list: [ ... ]"
        case "extra_forbidden" if sink_kind and location[-1] in SINK_KEYS:
            return f'a {sink_kind} sink has no "{location[-1]}"'
        case "extra_forbidden" if sink_kind:
            known = SINK_TABLES[sink_kind].key_names()
            return f"unknown key of a {sink_kind} sink{did_you_mean(str(location[-1]), known)}"
        case "extra_forbidden":
            if len(location) > 1 and location[-1] in _ADJUSTMENTS:
                return "must be before the first [table] of the file"
            table = Settings if len(location) == 1 else TABLES[str(location[0])]
            return f"unknown key{did_you_mean(str(location[-1]), table.key_names())}"
        case "missing" | "union_tag_not_found":
            return "missing"
        case "union_tag_invalid":
            kinds = str(context["expected_tags"]).replace("'", "")
            kind = str(context["tag"])
            hint = did_you_mean(kind, SINK_TABLES)
            return f'unknown kind "{printable(kind)}"; use {kinds}{hint}'
        case _:
            return details["msg"].removeprefix("Value error, ")
