"""Text from anywhere is made printable on one line, whatever it holds."""

from collections.abc import Iterator

ELLIPSIS = "…"
# Characters of a printed value where the caller asks for nothing else: a quoted field is at most
# 160 characters (core.window), of which each may become four, as in \xff.
MAXIMUM_PRINTED = 640

_SHORT = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# Where Python keeps a byte that is not text (PEP 383): U+DC80 to U+DCFF are 0x80 to 0xff.
_BYTES = range(0xDC80, 0xDD00)


def printable(text: str, limit: int = MAXIMUM_PRINTED) -> str:
    r"""
    Return a text in which nothing can end a line, move a cursor or turn the reading direction.

    What is not printable becomes a backslash escape: a byte \xNN, a character \uNNNN. A
    backslash is doubled, so the result has one reading.

    Args:
        text: any text, lone surrogates included.
        limit: characters of the result, at most; what is cut ends in an ellipsis.
    """
    return _bounded(map(_piece, text[: limit + 1]), limit)


def quoted(text: str, limit: int = MAXIMUM_PRINTED) -> str:
    """Return a printable text between quotation marks that it cannot close."""
    pieces = ('\\"' if character == '"' else _piece(character) for character in text[: limit + 1])
    return f'"{_bounded(pieces, limit)}"'


def from_wire(value: str) -> str:
    """
    Return the text that a field's value stands for, ready to be made printable.

    A value of nothing but U+0000 to U+00FF may be bytes, one a character: it is read as UTF-8
    where it is UTF-8, and as ASCII with foreign bytes where it is not.
    """
    try:
        octets = value.encode("latin-1")
    except UnicodeEncodeError:
        return value
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        # A value that was cut within a character is UTF-8 up to there.
        if error.reason == "unexpected end of data":
            return octets.decode("utf-8", "surrogateescape")
        return octets.decode("ascii", "surrogateescape")


def _piece(character: str) -> str:
    """Return a character as it is printed."""
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
    """Join as many pieces as fit; an escape is never cut in two."""
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
