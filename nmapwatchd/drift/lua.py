"""Parse Lua: string literals as bytes, numerals, and the code without comments."""

import re
from dataclasses import dataclass
from functools import cached_property

# One alternative for each token that can contain a quote; an unterminated one ends with the line or
# the file. Possessive, so that the time is linear.
_TOKEN = re.compile(
    rb"""
      (?P<comment> --\[(?P<c>=*)\[ .*? (?:\](?P=c)\]|\Z) | --[^\n]*+ )
    | (?P<long> \[(?P<l>=*)\[ \r?\n? (?P<body> .*? ) (?:\](?P=l)\]|\Z) )
    | (?P<quote> ["'] )
    | (?P<number> (?<![\w.]) 0[xX][0-9A-Fa-f]++ | (?<![\w.]) [0-9]++ (?![\w.]) )
    """,
    re.DOTALL | re.VERBOSE,
)
_QUOTED = {
    quote: re.compile(rb"(?:\\z\s*|\\\r?\n|\\.|[^\\\n%s])*" % quote, re.DOTALL)
    for quote in (b'"', b"'")
}
_ESCAPE = re.compile(
    rb"\\(?:z\s*+|x([0-9A-Fa-f]{2})|([0-9]{1,3})|u\{([0-9A-Fa-f]{1,8})\}|(\r?\n)|(.))", re.DOTALL
)
_LETTERS = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t",
            b"v": b"\v"}  # fmt: skip
# Arguments of `stdnse.fromhex`: pairs of digits, with optional blanks.
_HEXADECIMAL = re.compile(rb"\s*(?:[0-9A-Fa-f]{2}\s*)+")
# Arguments of `string.char`; nothing follows that causes backtracking. (Possessive groups are
# broken in Python 3.11.2, Debian 12's.)
_BYTES = re.compile(rb"(?:0[xX][0-9A-Fa-f]{1,2}\s*,\s*){2,}(?:0[xX][0-9A-Fa-f]{1,2})?")
_BYTE = re.compile(rb"0[xX]([0-9A-Fa-f]{1,2})")
# Digits of a 64-bit number at most.
MAXIMUM_DIGITS = 20
# Literals of a file that are read; nmap 7.991 has 5,334 in one.
MAXIMUM_LITERALS = 100_000
# Bytes of code kept before a literal: they show its purpose.
CONTEXT = 120


@dataclass(frozen=True, slots=True)
class Literal:
    """
    A string literal.

    Args:
        value: its bytes, unescaped.
        before: the code before it on the same line.
        line: its line number, from 1.
    """

    value: bytes
    before: bytes
    line: int


@dataclass(frozen=True)
class Source:
    """
    A parsed file.

    Args:
        literals: the string literals, in order.
        numbers: the values of the numerals.
        code: the text without comments.
        plain: whether it is a list of words instead of Lua.
    """

    literals: tuple[Literal, ...]
    numbers: frozenset[int]
    code: bytes
    plain: bool = False

    def contains(self, value: bytes) -> bool:
        """Return whether bytes occur in a literal, or across consecutive ones."""
        return value in (self.code if self.plain else self._joined)

    @cached_property
    def _joined(self) -> bytes:
        """All literals concatenated, then the bytes written as numbers or in hexadecimal."""
        texts = [literal.value for literal in self.literals]
        digits = (b"".join(text.split()) for text in texts if _HEXADECIMAL.fullmatch(text))
        decoded = (bytes.fromhex(d.decode()) for d in digits if len(d) % 2 == 0)
        listed = (_BYTE.findall(run[0]) for run in _BYTES.finditer(self.code))
        counted = (bytes(int(number, 16) for number in numbers) for numbers in listed)
        return b"".join((*texts, *decoded, b"\n", *counted))


def read_lua(text: bytes) -> Source:
    """Parse a file. Never raises."""
    literals: list[Literal] = []
    numbers: set[int] = set()
    code: list[bytes] = []
    at = counted = 0
    line = 1
    while len(literals) < MAXIMUM_LITERALS and (token := _TOKEN.search(text, at)) is not None:
        start, end = token.span()
        code.append(text[at:start])
        line += text.count(b"\n", counted, start)
        counted = start
        value: bytes | None = None
        if token["quote"]:
            quoted = _QUOTED[token["quote"]].match(text, end)
            end = quoted.end() if quoted else end
            value = unescape(text[token.end() : end])
            end += text.startswith(token["quote"], end)
        elif token["long"] is not None:
            value = token["body"]
        elif token["number"]:
            base = 16 if token["number"][:2].lower() == b"0x" else 10
            numbers.add(int(token["number"][:MAXIMUM_DIGITS], base))
        if value is not None:
            begin = max(start - CONTEXT, 0)
            begin = max(text.rfind(b"\n", begin, start) + 1, begin)
            literals.append(Literal(value, text[begin:start], line))
        if token["comment"] is None:
            code.append(text[start:end])
        at = end
    code.append(text[at:])
    return Source(tuple(literals), frozenset(numbers), b"".join(code))


def unescape(text: bytes) -> bytes:
    r"""Return the bytes of a quoted string: \xNN, \NNN, \z, \u{N} and letters are escapes."""

    def replace(found: re.Match[bytes]) -> bytes:
        hexadecimal, decimal, point, newline, letter = found.groups()
        if hexadecimal:
            return bytes.fromhex(hexadecimal.decode())
        if decimal:
            return bytes([int(decimal) & 0xFF])
        if point:
            return chr(min(int(point, 16), 0x10FFFF)).encode("utf-8", "replace")
        if newline:
            return b"\n"
        return _LETTERS.get(letter, letter) if letter else b""

    return _ESCAPE.sub(replace, text)
