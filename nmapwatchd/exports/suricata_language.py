"""The words of Suricata's rule language that the export is made of."""

from dataclasses import dataclass


class InexpressibleError(Exception):
    """Suricata's language has no word for a term."""


@dataclass(frozen=True, slots=True)
class Test:
    """A test of a rule, in one of Suricata's buffers; the payload has no name."""

    text: str
    buffer: str = ""


def content(value: bytes) -> str:
    """Write bytes as Suricata's content: letters and digits as they are, the rest in hex."""
    text = ""
    for byte in value:
        letter = chr(byte)
        text += letter if letter.isascii() and letter.isalnum() else f"|{byte:02x}|"
    return f'content:"{text.replace("||", " ")}";'


def content_at(value: bytes, offset: int) -> str:
    """Write bytes that stand at an offset."""
    return f"{content(value)} offset:{offset}; depth:{len(value)};"


def literal(value: bytes) -> str:
    """Write bytes as a part of a pattern that means nothing but them."""
    return "".join(
        chr(byte) if chr(byte).isascii() and chr(byte).isalnum() else f"\\x{byte:02x}"
        for byte in value
    )


def pattern(expression: str) -> str:
    """Write a pattern; in it ^ and $ are a line's ends, and a full stop is any byte."""
    return f'pcre:"/{expression}/ms";'
