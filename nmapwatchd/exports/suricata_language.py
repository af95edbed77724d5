"""Keywords of Suricata's rule language."""

from dataclasses import dataclass

from nmapwatchd.core.matching.expression import Op


class InexpressibleError(Exception):
    """Suricata's language cannot express a term; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Keywords:
    """
    Keywords of a rule that inspect one buffer.

    Args:
        text: the keywords.
        buffer: the sticky buffer's name; empty for the payload.
    """

    text: str
    buffer: str = ""


def content(value: bytes) -> str:
    """Return bytes as a content keyword: letters and digits as they are, the rest in hex."""
    text = ""
    for byte in value:
        letter = chr(byte)
        text += letter if letter.isascii() and letter.isalnum() else f"|{byte:02x}|"
    return f'content:"{text.replace("||", " ")}";'


def content_at(value: bytes, offset: int) -> str:
    """Return bytes at an offset."""
    return f"{content(value)} offset:{offset}; depth:{len(value)};"


def content_next(value: bytes, distance: int = 0) -> str:
    """Return bytes so many after the previous match."""
    return f"{content(value)} distance:{distance}; within:{len(value)};"


def content_by(op: Op, value: bytes) -> str:
    """Return bytes compared with a buffer; equality also needs the buffer's size."""
    text = content(value)
    match op:
        case Op.IS | Op.STARTS:
            return f"{text} startswith;"
        case Op.ENDS:
            return f"{text} endswith;"
        case _:
            return text


def whole_buffer(op: Op, value: bytes, buffer: str) -> Keywords:
    """Return a comparison with a buffer that contains the value and nothing else."""
    size = f" bsize:{len(value)};" if op is Op.IS else ""
    return Keywords(content_by(op, value) + size, buffer)


def literal(value: bytes) -> str:
    """Return bytes as a pattern that matches nothing else."""
    return "".join(
        chr(byte) if chr(byte).isascii() and chr(byte).isalnum() else f"\\x{byte:02x}"
        for byte in value
    )


def pattern(expression: str) -> str:
    """Return a pattern, in which ^ and $ match at line ends and a full stop matches any byte."""
    return f'pcre:"/{expression}/ms";'
