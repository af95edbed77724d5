"""Escape text from any origin, so that it is printable on one line."""

from collections.abc import Iterator

ELLIPSIS = "…"
# Characters of a printed value by default: a quoted field is at most 160 characters
# (core.windows.window), each of which may become four, as in \xff.
MAXIMUM_PRINTED = 640

_SHORT = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# Python's representation of bytes that are not text (PEP 383): U+DC80 to U+DCFF are 0x80 to 0xff.
_BYTES = range(0xDC80, 0xDD00)


def printable(text: str, limit: int = MAXIMUM_PRINTED) -> str:
    r"""
    Return a text without characters that end a line, move a cursor or turn the reading direction.

    Characters that are not printable become backslash escapes: a byte \xNN, a character \uNNNN.
    A backslash is doubled, so that the result is unambiguous.

    Args:
        text: any text, lone surrogates included.
        limit: characters of the result, at most; a truncated text ends in an ellipsis.
    """
    if len(text) <= limit and text.isprintable() and "\\" not in text:
        return text  # nearly every text, and several times faster
    return _bounded(map(_piece, text[: limit + 1]), limit)


def quoted(text: str, limit: int = MAXIMUM_PRINTED) -> str:
    """Return a printable text in quotation marks, with those within it escaped."""
    pieces = ('\\"' if character == '"' else _piece(character) for character in text[: limit + 1])
    return f'"{_bounded(pieces, limit)}"'


def from_wire(value: str) -> str:
    """
    Return the text that the value of a field encodes, to be made printable.

    A value that consists of U+0000 to U+00FF may be bytes, one per character: it is decoded as
    UTF-8 if it is valid UTF-8, otherwise as ASCII with undecodable bytes.
    """
    try:
        octets = value.encode("latin-1")
    except UnicodeEncodeError:
        return value
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        # A value truncated within a character is UTF-8 up to that character.
        if error.reason == "unexpected end of data":
            return octets.decode("utf-8", "surrogateescape")
        return octets.decode("ascii", "surrogateescape")


def _piece(character: str) -> str:
    """Return a character, escaped unless it is printable."""
    if character in _SHORT:
        return _SHORT[character]
    # False for controls, format characters (bidi among them), surrogates, private and unassigned
    # characters and every separator but the space.
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x80:
        return f"\\x{code:02x}"
    if code in _BYTES:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _bounded(pieces: Iterator[str], limit: int) -> str:
    """Join as many pieces as fit; an escape is never split."""
    kept: list[str] = []
    length = 0
    for piece in pieces:
        if length + len(piece) > limit:
            while kept and length > limit - len(ELLIPSIS):
                length -= len(kept.pop())
            return "".join(kept) + ELLIPSIS
        kept.append(piece)
        length += len(piece)
    return "".join(kept)
