"""Encode messages and window records as JSON, and decode them; their types are the schema."""

import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticSerializationError

from nmapwatchd.core.alert import Alert, FloodSummary, Message, SensorEvent
from nmapwatchd.core.windows.record import WindowRecord
from nmapwatchd.formats.escape import printable

# The version of what is written. Another one is refused: a field with another meaning is worse than
# none.
VERSION = 5

_T = TypeVar("_T")

# Strings from the wire may contain lone surrogates, which UTF-8 cannot encode. Each is written as
# the escape character and a character of its own, and so is the escape character itself.
_ESCAPE = "\ue000"
_ESCAPE_BYTES = _ESCAPE.encode()
# What pydantic writes for a lone surrogate in the key of a dict.
_REPLACEMENT_BYTES = "\ufffd".encode()
_TO_ESCAPE = re.compile("[\ud800-\ue000]")
_ESCAPE_SEQUENCE = re.compile("\ue000([\u0100-\u0900]?)")
_SHIFT = 0xD800 - 0x0100  # from a character that is written to the one that it stands for


class CodecError(ValueError):
    """Bytes that are not a record of this version; the message names the field."""


class _Head(BaseModel):
    """What every version has in common."""

    model_config = ConfigDict(strict=True)

    version: int


class _Envelope(_Head):
    """One record; pydantic derives how it is written and what is refused from its type."""

    model_config = ConfigDict(extra="forbid")

    alert: Alert | None = None
    flood: FloodSummary | None = None
    event: SensorEvent | None = None
    window: WindowRecord | None = None


def encode(message: Message) -> bytes:
    """Return a message as bytes."""
    if isinstance(message, Alert):
        return _write("alert", message)
    return _write("flood" if isinstance(message, FloodSummary) else "event", message)


def decode(data: bytes) -> Message:
    """
    Return the message that was encoded.

    Raises:
        CodecError: it is not a message, or one of another version.
    """
    envelope = _read(data)
    message = envelope.alert or envelope.flood or envelope.event
    if message is None or len(envelope.model_fields_set) != 2:
        raise CodecError("neither an alert, nor a flood, nor an event")
    return message


def encode_window(record: WindowRecord) -> bytes:
    """Return a window's record as bytes."""
    return _write("window", record)


def decode_window(data: bytes) -> WindowRecord:
    """
    Return the window's record that was encoded.

    Raises:
        CodecError: it is not a window's record, contradicts itself, or is of another version.
    """
    envelope = _read(data)
    if envelope.window is None or len(envelope.model_fields_set) != 2:
        raise CodecError("not a window")
    if inconsistency := envelope.window.inconsistency():
        raise CodecError(f"window.{inconsistency}")
    return envelope.window


def _write(kind: str, record: Message | WindowRecord) -> bytes:
    try:
        data = _dump(kind, record)
    except PydanticSerializationError:  # a lone surrogate in a value
        data = _REPLACEMENT_BYTES
    # Most records need no escaping, and searching the bytes is faster than checking each string.
    if _ESCAPE_BYTES in data or _REPLACEMENT_BYTES in data:
        data = _dump(kind, _map_strings(record, _escape))
    return data


def _dump(kind: str, record: Message | WindowRecord) -> bytes:
    fields_set: dict[str, Any] = {"version": VERSION, kind: record}
    return _Envelope.model_construct(**fields_set).model_dump_json(exclude_unset=True).encode()


def _read(data: bytes) -> _Envelope:
    try:
        version = _Head.model_validate_json(data).version
        if version != VERSION:
            raise CodecError(f"of version {version}, and only {VERSION} is supported")
        envelope = _Envelope.model_validate_json(data)
    except ValidationError as error:
        raise CodecError(_error_text(error)) from error
    if _ESCAPE_BYTES in data:
        for kind in envelope.model_fields_set - {"version"}:
            setattr(envelope, kind, _map_strings(getattr(envelope, kind), _unescape))
    return envelope


def _error_text(error: ValidationError) -> str:
    """Return the first of pydantic's errors as the name of the field and what is wrong with it."""
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    return printable(f"{field}: {first['msg']}" if field else first["msg"])


def _map_strings(value: _T, change: Callable[[str], str]) -> _T:
    """Return a copy of a record in which every string is changed."""
    found: Any = value
    if type(value) is str:  # not isinstance: the members of an enumeration stay as they are
        found = change(found)
    elif isinstance(value, tuple):
        found = tuple(_map_strings(item, change) for item in value)
    elif isinstance(value, dict):
        found = {
            _map_strings(key, change): _map_strings(item, change) for key, item in value.items()
        }
    elif is_dataclass(value) and not isinstance(value, type):
        found = replace(
            value, **{f.name: _map_strings(getattr(value, f.name), change) for f in fields(value)}
        )
    return found  # type: ignore[no-any-return]


def _escape(text: str) -> str:
    return _TO_ESCAPE.sub(lambda found: _ESCAPE + chr(ord(found[0]) - _SHIFT), text)


def _unescape(text: str) -> str:
    return _ESCAPE_SEQUENCE.sub(lambda found: _unescaped(found[1]), text)


def _unescaped(written: str) -> str:
    if not written:
        raise CodecError("an invalid escape sequence")
    return chr(ord(written) + _SHIFT)
