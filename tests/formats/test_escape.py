"""Nothing from the wire can end a line or move a cursor."""

import ast
import re

import pytest
from hypothesis import given

from nmapwatchd.formats.escape import (
    from_wire,
    plain,
    plain_quoted,
    plain_word,
    printable,
    quoted,
)
from tests.formats.messages import octets, texts


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, 10 %", "plain text, 10 %"),
        ("a\r\nb\tc\0d", r"a\r\nb\tc\x00d"),
        ("\x1b[31mred\x7f", r"\x1b[31mred\x7f"),
        ("back\\slash", r"back\\slash"),
        ("C1 \x85 and \x9b", r"C1 \u0085 and \u009b"),
        ("lines\u2028\u2029", r"lines\u2028\u2029"),
        ("bidi \u202e \u2066 \u200f \ufeff", r"bidi \u202e \u2066 \u200f \ufeff"),
        ("lone \ud800 and byte \udcff", r"lone \ud800 and byte \xff"),
        ("tag \U000e0041", r"tag \U000e0041"),
        ("Überprüfung 日本", "Überprüfung 日本"),
    ],
)
def test_unprintable_characters_are_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("octets", "shown"),
    [
        (b"plain", "plain"),
        ("Überprüfung 日本".encode(), "Überprüfung 日本"),
        (b"\xff\xfeA\x80", r"\xff\xfeA\x80"),
        (b"\xc3\xa9 and \xff", r"\xc3\xa9 and \xff"),
        (b"cut within \xe6\x97", r"cut within \xe6\x97"),
        (b"\xc2\x85", r"\u0085"),
    ],
)
def test_bytes_are_decoded_as_utf8_if_they_are_valid(octets: bytes, shown: str) -> None:
    assert printable(from_wire(octets.decode("latin-1"))) == shown


def test_a_text_beyond_bytes_is_unchanged() -> None:
    assert printable(from_wire("é日")) == "é日"


def test_a_quotation_cannot_be_closed_from_within() -> None:
    assert quoted('say "x"\\', 40) == r'"say \"x\"\\"'


def test_a_truncated_text_ends_in_an_ellipsis() -> None:
    assert printable("a" * 11, 10) == "a" * 9 + "…"
    assert printable("a" * 10, 10) == "a" * 10


def test_an_escape_is_never_split() -> None:
    assert printable("abc\x00\x00", 8) == r"abc\x00…"


@given(texts | octets)
def test_any_text_becomes_one_printable_line(text: str) -> None:
    shown = printable(from_wire(text))

    assert shown.isprintable()
    assert len(shown.splitlines()) <= 1
    assert shown.encode("utf-8").decode("utf-8") == shown


@given(texts)
def test_a_text_can_be_read_back_from_its_escapes(text: str) -> None:
    # Bytes that are not text are escaped as bytes, which read back as U+0080 to U+00FF.
    text = "".join(c for c in text if not 0xDC80 <= ord(c) <= 0xDCFF)

    shown = printable(text, 100_000)

    assert ast.literal_eval("'" + shown.replace("'", "\\'") + "'") == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, 10 %", "plain text, 10 %"),
        ("Überprüfung 日本", r"\u00dcberpr\u00fcfung \u65e5\u672c"),
        ("face \U0001f600 byte \udcff", r"face \U0001f600 byte \xff"),
        ("back\\slash\n", r"back\\slash\n"),
    ],
)
def test_plain_text_is_ascii(text: str, shown: str) -> None:
    assert plain(text) == shown


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("a" * 11, 10, "aaaaaaa..."),
        ("words that do not fit", 14, "words that..."),
        ("a wordthatdoesnotfit", 14, "a wordthatd..."),
        ("é" * 3, 14, r"\u00e9..."),
        ("abc", 2, ".."),
    ],
)
def test_truncated_plain_text_ends_in_dots_after_a_word_or_an_escape(
    text: str, limit: int, shown: str
) -> None:
    assert plain(text, limit) == shown
    assert plain_quoted(text, limit) == f'"{shown}"'


def test_a_plain_quotation_cannot_be_closed_from_within() -> None:
    assert plain_quoted('say "é"\\', 40) == r'"say \"\u00e9\"\\"'


def test_a_plain_word_has_no_space_quotation_mark_or_parenthesis() -> None:
    assert plain_word('10.0.0.5 ("é")', 40) == r"10.0.0.5\x20\x28\x22\u00e9\x22\x29"


@given(texts | octets)
def test_any_plain_text_is_one_printable_line_of_ascii(text: str) -> None:
    for shown in (plain(text, 64), plain_quoted(text, 64), plain_word(text, 64)):
        assert shown.isascii()
        assert shown.isprintable() or not shown
        assert len(shown) <= 66
    assert re.fullmatch(r'[^ "()]*', plain_word(text, 64))


@given(texts | octets)
def test_no_text_exceeds_its_limit(text: str) -> None:
    for limit in (1, 5, 20, 64):
        assert len(printable(text, limit)) <= limit
        assert len(quoted(text, limit)) <= limit + 2
