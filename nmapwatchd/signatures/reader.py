"""Read a signature file: TOML to signatures, and every error with its file and line."""

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from nmapwatchd.core.rule import Confidence
from nmapwatchd.errors import Diagnostic, did_you_mean
from nmapwatchd.signatures.contradictions import LocatedSignature, Place
from nmapwatchd.signatures.document import DEFAULTS, SIGNATURE, Document
from nmapwatchd.signatures.rows import CorrelationTable, Defaults, Row, signature_of
from nmapwatchd.signatures.values import SignatureError, quoted

# pydantic's messages in the terms of a signature file, by error type.
_MESSAGES = {
    "missing": "missing",
    "dict_type": "is not a table",
    "model_type": "is not a table",
    "list_type": "is not a list",
    "string_type": "{value} is not a string",
    "bool_type": "{value} is not true or false",
    "int_type": "{value} is not a whole number",
    "enum": "{value} is not one of " + ", ".join(Confidence),
    "string_pattern_mismatch": '{value} is not of the form "http.user-agent"',
    "string_too_short": "{value} has fewer characters than {min_length}",
    "string_too_long": "{value} has more characters than {max_length}",
    "too_short": "is empty",
    "too_long": "has more than {max_length} items",
    "greater_than_equal": "{value} is less than {ge}",
    "less_than_equal": "{value} is greater than {le}",
}


def read_signatures(
    source: Traversable | Path,
) -> tuple[list[LocatedSignature], list[Diagnostic]]:
    """
    Return the valid signatures of a file, each with its place, and the file's errors.

    Rows are read only if the file's defaults are valid.
    """
    try:
        text = source.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except OSError as error:
        return [], [Diagnostic(str(source), error.strerror or str(error))]
    except (ValueError, RecursionError) as error:
        return [], [Diagnostic(str(source), str(error))]
    document = Document(source.name, text)
    errors = [
        Diagnostic(
            document.table_location(key),
            f'unknown table "{key}"; a file has [defaults] and [[signature]] tables'
            + did_you_mean(key, (DEFAULTS, SIGNATURE)),
        )
        for key in sorted(content.keys() - {DEFAULTS, SIGNATURE})
    ]
    try:
        defaults = Defaults.model_validate(content.get(DEFAULTS, {}))
    except ValidationError as error:
        return [], [*errors, *_invalid(document, 0, error, Defaults, (DEFAULTS,))]
    rows = content.get(SIGNATURE, [])
    if not isinstance(rows, list):
        message = "signature: is not a list of tables; a row begins with [[signature]]"
        return [], [*errors, Diagnostic(document.table_location(SIGNATURE), message)]
    signatures = []
    for number, table in enumerate(rows):
        try:
            row = Row.model_validate(_with_defaults(table, defaults))
            signature = signature_of(row, defaults)
        except ValidationError as error:
            errors += _invalid(document, number, error, Row)
        except SignatureError as error:
            prefix = "defaults: " if error.path[:1] == (DEFAULTS,) else ""
            location = document.location(number, error.path)
            errors.append(Diagnostic(location, prefix + error.message))
        else:
            signatures.append((Place(document, number), signature))
    # An error of the defaults is found at every row.
    return signatures, list(dict.fromkeys(errors))


def _with_defaults(table: Any, defaults: Defaults) -> Any:
    return {**defaults.row_values, **table} if isinstance(table, dict) else table


def _invalid(
    document: Document,
    number: int,
    error: ValidationError,
    model: type[BaseModel],
    prefix: tuple[str, ...] = (),
) -> Iterator[Diagnostic]:
    """Yield what is invalid in a table, with the location of each error."""
    for found in error.errors():
        path = (*prefix, *(str(key) for key in found["loc"] if isinstance(key, str)))
        message = _message(found["type"], found["msg"], found["input"], found.get("ctx", {}))
        if found["type"] == "extra_forbidden":
            known = model if len(found["loc"]) == 1 else CorrelationTable
            message = f"unknown key{did_you_mean(path[-1], known.model_fields)}"
        location = document.location(number, path)
        yield Diagnostic(location, ": ".join((*(path or (SIGNATURE,)), message)))


def _message(kind: str, message: str, value: Any, context: Mapping[str, Any]) -> str:
    """Return pydantic's message in the terms of a signature file."""
    return _MESSAGES[kind].format(value=quoted(value), **context) if kind in _MESSAGES else message
