import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.drift.lua import MAXIMUM_LITERALS, read_lua


def values(text: bytes) -> list[bytes]:
    return [literal.value for literal in read_lua(text).literals]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (rb'"\x41\66\z' + b'\n  C"', b"ABC"),
        (rb"'it\'s \r\n'", b"it's \r\n"),
        (rb'"\u{e9}\0\\"', b"\xc3\xa9\0\\"),
        (b"[==[one\ntwo]]==]", b"one\ntwo]"),
        (b"[[\nfirst newline goes]]", b"first newline goes"),
        (b'"begun and never ended\n', b"begun and never ended"),
    ],
)
def test_a_literal_is_read_as_the_bytes_it_stands_for(text: bytes, value: bytes) -> None:
    assert values(text)[0] == value


def test_what_stands_in_a_comment_is_no_literal() -> None:
    text = b'-- "one"\n--[[ "two"\n"three" ]]\nlocal four = "four" -- "five"\n'

    assert values(text) == [b"four"]


def test_a_literal_knows_its_line_and_the_code_before_it() -> None:
    (literal,) = read_lua(b'-- a comment\n\n  socket:send("PING")\n').literals

    assert literal.line == 3
    assert literal.before == b"  socket:send("


def test_numbers_are_read_but_not_those_within_names() -> None:
    assert read_lua(b"x86 = 0xDEAD + 4500 + md5").numbers == {0xDEAD, 4500}


@pytest.mark.parametrize(
    "text",
    [
        b'"\\x01\\x02" .. "\\x03"',
        b'fromhex("01 02") .. fromhex("03")',
        b"string.char(0x01, -- one\n 0x02, 0x03)",
    ],
)
def test_bytes_written_in_pieces_in_hex_or_as_numbers_are_found(text: bytes) -> None:
    assert read_lua(text).contains(b"\x01\x02\x03")


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read(text: bytes) -> None:
    source = read_lua(text)

    assert source.contains(b"") in (True, False)


@given(st.text(alphabet="\"'\\[]=-z0x\n{}u", max_size=200))
def test_any_confusion_of_quotes_and_escapes_can_be_read(text: str) -> None:
    source = read_lua(text.encode())

    assert all(isinstance(literal.value, bytes) for literal in source.literals)


def test_a_file_of_nothing_but_quotes_is_read_as_far_as_the_ceiling() -> None:
    assert len(read_lua(b'"' * 3 * MAXIMUM_LITERALS).literals) == MAXIMUM_LITERALS
