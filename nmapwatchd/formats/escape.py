"""Escape text from any origin, so that it is printable on one line."""

from collections.abc import Iterable

ELLIPSIS = "…"
ASCII_ELLIPSIS = "..."
# Characters of a printed value by default: a quoted field is at most 160 characters
# (core.windows.window), each of which may become four, as in \xff.
MAXIMUM_PRINTED = 640

_SHORT = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# What a word does not contain, besides what is not printable.
_NOT_IN_WORDS = frozenset(' "()')
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


def plain(text: str, limit: int = MAXIMUM_PRINTED) -> str:
    """
    Return a text as `printable` does, in ASCII: every other character becomes an escape.

    Args:
        text: any text, lone surrogates included.
        limit: characters of the result, at most; no word is split if others are kept.
    """
    return _bounded(map(_ascii, text[: limit + 1]), limit, ASCII_ELLIPSIS, at_word=True)


def plain_quoted(text: str, limit: int = MAXIMUM_PRINTED) -> str:
    """Return a text in ASCII and in quotation marks, with those within it escaped."""
    pieces = ('\\"' if character == '"' else _ascii(character) for character in text[: limit + 1])
    return f'"{_bounded(pieces, limit, ASCII_ELLIPSIS, at_word=True)}"'


def plain_word(text: str, limit: int = MAXIMUM_PRINTED) -> str:
    """Return a text in ASCII as one word, without spaces, quotation marks and parentheses."""
    pieces = (_hex(character) if character in _NOT_IN_WORDS else _ascii(character)
              for character in text[: limit + 1])  # fmt: skip
    return _bounded(pieces, limit, ASCII_ELLIPSIS)


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
    return character if character.isprintable() else _hex(character)


def _ascii(character: str) -> str:
    """Return a character, escaped unless it is printable ASCII."""
    return _piece(character) if character.isascii() else _hex(character)


def _hex(character: str) -> str:
    """Return the escape of a character by its number."""
    code = ord(character)
    if code < 0x80:
        return f"\\x{code:02x}"
    if code in _BYTES:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _bounded(
    pieces: Iterable[str], limit: int, ellipsis: str = ELLIPSIS, *, at_word: bool = False
) -> str:
    """
    Join as many pieces as fit; an escape is never split.

    Args:
        pieces: characters and escapes.
        limit: characters of the result, at most.
        ellipsis: ends a truncated text.
        at_word: whether to truncate at a space if the second half of the text has one.
    """
    kept: list[str] = []
    length = 0
    for piece in pieces:
        if length + len(piece) > limit:
            while kept and length > limit - len(ellipsis):
                length -= len(kept.pop())
            if at_word and " " in kept[len(kept) // 2 :]:
                while kept.pop() != " ":
                    pass
            return "".join(kept) + ellipsis[:limit]
        kept.append(piece)
        length += len(piece)
    return "".join(kept)
