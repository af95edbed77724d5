import pytest

from nmapwatchd.core.matching.expression import Op
from nmapwatchd.exports.suricata_language import (
    Keywords,
    content,
    content_at,
    content_by,
    content_next,
    literal,
    pattern,
    whole_buffer,
)


def test_content_has_letters_and_digits_as_they_are_and_the_rest_in_hex() -> None:
    assert content(b"aZ09") == 'content:"aZ09";'
    assert content(b'a "b";\\') == 'content:"a|20 22|b|22 3b 5c|";'
    assert content(b"|\xe9\0") == 'content:"|7c e9 00|";'


def test_content_at_an_offset_ends_with_its_bytes() -> None:
    assert content_at(b"abc", 4) == 'content:"abc"; offset:4; depth:3;'


def test_the_next_content_is_at_its_distance_from_the_last() -> None:
    assert content_next(b"ab") == 'content:"ab"; distance:0; within:2;'
    assert content_next(b"ab", 22) == 'content:"ab"; distance:22; within:2;'


@pytest.mark.parametrize(
    ("op", "end"),
    [
        (Op.IS, " startswith;"),
        (Op.STARTS, " startswith;"),
        (Op.ENDS, " endswith;"),
        (Op.CONTAINS, ""),
    ],
)
def test_content_is_compared_at_the_buffers_start_or_end(op: Op, end: str) -> None:
    assert content_by(op, b"ab") == 'content:"ab";' + end


def test_a_whole_buffer_has_the_size_of_an_equal_value() -> None:
    assert whole_buffer(Op.IS, b"ab", "http.uri") == Keywords(
        'content:"ab"; startswith; bsize:2;', "http.uri"
    )
    assert whole_buffer(Op.STARTS, b"ab", "http.uri").text == 'content:"ab"; startswith;'


def test_a_literal_has_no_character_of_a_pattern() -> None:
    assert literal(b"a.b*\xe9") == "a\\x2eb\\x2a\\xe9"


def test_a_pattern_matches_lines_and_any_byte() -> None:
    assert pattern("^a.$") == 'pcre:"/^a.$/ms";'
