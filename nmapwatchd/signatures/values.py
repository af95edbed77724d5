"""Values of a signature file, in the form that a matcher's fields have."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nmapwatchd.core.matching.matcher import COMMON_FIELDS, Field, Kind, Matcher
from nmapwatchd.errors import did_you_mean

# The largest number that a field without a fixed size may be compared with.
_MAXIMUM_NUMBER = (1 << 64) - 1
_MAXIMUM_PORT = (1 << 16) - 1


class SignatureError(Exception):
    """
    Invalid content of a signature file.

    Args:
        message: what is invalid.
        path: the keys that lead to it, the outermost first.
    """

    def __init__(self, message: str, *path: str) -> None:
        super().__init__(message)
        self.message, self.path = message, path


@contextmanager
def within(key: str) -> Iterator[None]:
    """Put a key in front of the path of every error raised inside."""
    try:
        yield
    except SignatureError as error:
        raise SignatureError(error.message, key, *error.path) from None


def quoted(value: Any) -> str:
    """Return a TOML value as a message shows it."""
    return f'"{value}"' if isinstance(value, str) else str(value)


def listed(value: Any) -> list[Any]:
    """Return a list of values as it is, and a single value as a list."""
    return value if isinstance(value, list) else [value]


def known_field(field: str, matcher: Matcher) -> Field:
    """
    Return a matcher's field.

    Raises:
        SignatureError: the matcher has no such field.
    """
    known = matcher.field_named(field)
    if known is None:
        fields = [*matcher.fields, *COMMON_FIELDS]
        hint = did_you_mean(field, fields)
        raise SignatureError(f'no field "{field}" in {matcher.name}{hint}', field)
    return known


def literal(value: Any, name: str, field: Field) -> str:
    """
    Return a TOML value as an observation's fields have it.

    A number becomes decimal digits; bytes become one character each, U+0000 to U+00FF.

    Args:
        value: the value.
        name: the field's name.
        field: the field that is compared with it.

    Raises:
        SignatureError: no packet can have this value in the field.
    """
    if field.kind is Kind.NUMBER:
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise SignatureError(f"{name}: {quoted(value)} is not a whole number", name)
        maximum = _maximum(name, field)
        if value > maximum:
            raise SignatureError(f"{name}: {value:#x} is more than {maximum}", name)
        return str(value)
    if not isinstance(value, str):
        raise SignatureError(f"{name}: {quoted(value)} is not a string", name)
    if field.kind is Kind.BYTES:
        return parse_bytes(value, name)
    try:
        value.encode(field.encoding or "utf-8")
    except UnicodeEncodeError:
        raise SignatureError(
            f"{name}: {quoted(value)} has characters that {field.encoding} does not", name
        ) from None
    return value


def _maximum(name: str, field: Field) -> int:
    """Return the largest value of a number."""
    if name.endswith("_port"):
        return _MAXIMUM_PORT
    return ((1 << 8 * field.size) - 1) >> field.shift if field.size else _MAXIMUM_NUMBER


def parse_bytes(text: str, key: str) -> str:
    """
    Return the bytes that `text|0d 0a|text` stands for, one character each.

    This is the notation of Snort's rules: hexadecimal between two bars, UTF-8 outside of them; a
    bar itself is `|7c|`.

    Raises:
        SignatureError: a bar is unpaired, or what is between two bars is not hexadecimal.
    """
    pieces = text.split("|")
    if len(pieces) % 2 == 0:
        raise SignatureError(f'{key}: unpaired | in "{text}"', key)
    parsed = bytearray()
    for number, piece in enumerate(pieces):
        if number % 2 == 0:
            parsed += piece.encode()
            continue
        try:
            parsed += bytes.fromhex(piece)
        except ValueError:
            raise SignatureError(
                f'{key}: "{piece}" is not hexadecimal bytes in "{text}"', key
            ) from None
    return parsed.decode("latin-1")
