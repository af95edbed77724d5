"""The bytes that an escaped value of an alert stands for."""

import re
import sys

from nmapwatchd.formats.escape import ELLIPSIS

_SHORT = {"\\\\": b"\\", "\\n": b"\n", "\\r": b"\r", "\\t": b"\t"}
# What formats.escape.printable writes.
_ESCAPE = re.compile(
    r"\\(?:[\\nrt]|x(?P<byte>[0-9a-f]{2})|u(?P<short>[0-9a-f]{4})|U(?P<long>[0-9a-f]{8}))"
)


def wire_bytes(text: str) -> bytes:
    """
    Return the bytes that a value had on the wire: the inverse of `printable(from_wire(value))`.

    Args:
        text: as an alert has it; what is no escape of ours stands for itself. Of a truncated text
            the ellipsis is left out.
    """
    text = text.removesuffix(ELLIPSIS)
    pieces = []
    position = 0
    for found in _ESCAPE.finditer(text):
        pieces += [_encoded(text[position : found.start()]), _unescaped(found)]
        position = found.end()
    return b"".join([*pieces, _encoded(text[position:])])


def is_binary(text: str) -> bool:
    """Return whether an escaped value has characters besides text and line ends."""
    return any(len(found[0]) > len("\\n") for found in _ESCAPE.finditer(text))


def _unescaped(escape: re.Match[str]) -> bytes:
    if escape[0] in _SHORT:
        return _SHORT[escape[0]]
    if escape["byte"]:
        return bytes.fromhex(escape["byte"])
    code = int(escape["short"] or escape["long"], 16)
    return _encoded(chr(code) if code <= sys.maxunicode else escape[0])


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
