"""A parser of CEF by its published grammar, independent of how messages are formatted."""

from dataclasses import dataclass

_HEADER_ESCAPES = {"|": "|", "\\": "\\"}
_EXTENSION_ESCAPES = {"=": "=", "\\": "\\", "n": "\n", "r": "\r"}


@dataclass(frozen=True, slots=True)
class Cef:
    """A parsed message: the syslog header before it, its seven header fields, its extension."""

    syslog: str
    header: tuple[str, ...]
    extension: dict[str, str]


def parse(text: str) -> Cef:
    """Return the message that a line holds; fail unless it is exactly one."""
    syslog, mark, rest = text.partition("CEF:")
    assert mark
    fields, at = [""], 0
    while len(fields) < 8:
        assert at < len(rest), "the header ends early"
        if rest[at] == "|":
            fields.append("")
            at += 1
            continue
        piece, at = _character(rest, at, _HEADER_ESCAPES)
        fields[-1] += piece
    return Cef(syslog, tuple(fields[:7]), _pairs(rest[at:]))


def _pairs(text: str) -> dict[str, str]:
    """Return the keys and values of an extension: an unescaped `=` ends a key."""
    found: dict[str, str] = {}
    key, value, at = "", "", 0
    while at < len(text):
        if text[at] != "=":
            piece, at = _character(text, at, _EXTENSION_ESCAPES)
            value += piece
            continue
        # One space stands between a value and the next key; any before it are the value's.
        before, _, word = value.rpartition(" ")
        assert word.isascii(), f"{word!r} is not a key"
        assert word.isalnum(), f"{word!r} is not a key"
        if key:
            assert key not in found, f"{key} is there twice"
            found[key] = before
        else:
            assert not before, "the extension begins without a key"
        key, value = word, ""
        at += 1
    found[key] = value
    return found


def _character(text: str, at: int, escapes: dict[str, str]) -> tuple[str, int]:
    """Return the character that a text encodes at a place, and the place after it."""
    if text[at] != "\\":
        assert text[at] not in "\r\n", "a line ends within the message"
        return text[at], at + 1
    return escapes[text[at + 1]], at + 2
