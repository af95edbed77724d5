"""TOML values become the strings that an observation's fields have."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.matching.matcher import Field, Kind
from nmapwatchd.matchers import MATCHERS
from nmapwatchd.signatures.values import (
    SignatureError,
    known_field,
    listed,
    literal,
    parse_bytes,
    quoted,
    within,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", ""),
        ("GET /", "GET /"),
        ("GET|20 2f||7c|", "GET /|"),
        ("|00ff|", "\x00\xff"),
        ("|00 FF|a|0d 0a|b", "\x00\xffa\r\nb"),
        ("||", ""),
        ("a||b", "ab"),
        ("é", "\xc3\xa9"),
        ("|c3 a9|", "\xc3\xa9"),
    ],
)
def test_bytes_are_written_as_in_snort_s_rules(text: str, value: str) -> None:
    assert parse_bytes(text, "payload") == value


@given(st.binary())
def test_all_bytes_can_be_written_in_hexadecimal(data: bytes) -> None:
    assert parse_bytes(f"|{data.hex(' ')}|", "payload") == data.decode("latin-1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("|41", 'payload: unpaired | in "|41"'),
        ("a|41|b|", 'payload: unpaired | in "a|41|b|"'),
        ("|4|", 'payload: "4" is not hexadecimal bytes in "|4|"'),
        ("a|0g|b", 'payload: "0g" is not hexadecimal bytes in "a|0g|b"'),
        ("|é0|", 'payload: "é0" is not hexadecimal bytes in "|é0|"'),
    ],
)
def test_invalid_bytes_are_refused(text: str, message: str) -> None:
    with pytest.raises(SignatureError) as raised:
        parse_bytes(text, "payload")

    assert (raised.value.message, raised.value.path) == (message, ("payload",))


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (0, Kind.NUMBER, "0"),
        (0x10, Kind.NUMBER, "16"),
        ("a|00|", Kind.TEXT, "a|00|"),
        ("a|00|", Kind.BYTES, "a\x00"),
    ],
)
def test_a_value_is_read_as_its_field_s_kind(value: Any, kind: Kind, expected: str) -> None:
    assert literal(value, "field", Field(kind, "")) == expected


@pytest.mark.parametrize(
    ("value", "kind", "message"),
    [
        (-1, Kind.NUMBER, "field: -1 is not a whole number"),
        (1.5, Kind.NUMBER, "field: 1.5 is not a whole number"),
        (True, Kind.NUMBER, "field: True is not a whole number"),
        ("7", Kind.NUMBER, 'field: "7" is not a whole number'),
        (7, Kind.TEXT, "field: 7 is not a string"),
        (["a"], Kind.TEXT, "field: ['a'] is not a string"),
        (7, Kind.BYTES, "field: 7 is not a string"),
    ],
)
def test_a_value_of_another_kind_is_refused(value: Any, kind: Kind, message: str) -> None:
    with pytest.raises(SignatureError) as raised:
        literal(value, "field", Field(kind, ""))

    assert (raised.value.message, raised.value.path) == (message, ("field",))


def test_a_matcher_has_fields_of_its_own_and_common_ones() -> None:
    assert known_field("user_agent", MATCHERS["http"]).kind is Kind.TEXT
    assert known_field("payload", MATCHERS["http"]).kind is Kind.BYTES
    assert known_field("destination_port", MATCHERS["http"]).kind is Kind.NUMBER


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("user_agnet", 'no field "user_agnet" in http; did you mean "user_agent"?'),
        (
            "destination_prot",
            'no field "destination_prot" in http; did you mean "destination_port"?',
        ),
        ("qqqqq", 'no field "qqqqq" in http'),
    ],
)
def test_a_field_that_the_matcher_does_not_have_is_refused(field: str, message: str) -> None:
    with pytest.raises(SignatureError) as raised:
        known_field(field, MATCHERS["http"])

    assert (raised.value.message, raised.value.path) == (message, (field,))


def test_the_path_of_an_error_grows_outwards() -> None:
    with pytest.raises(SignatureError) as raised, within("match"), within("any"):
        raise SignatureError("wrong", "uri")

    assert (raised.value.message, raised.value.path) == ("wrong", ("match", "any", "uri"))
    assert str(raised.value) == "wrong"


def test_a_single_value_is_a_list_of_one() -> None:
    assert listed("a") == ["a"]
    assert listed(["a", "b"]) == ["a", "b"]
    assert listed([]) == []


def test_a_message_shows_strings_in_quotes() -> None:
    assert quoted("a") == '"a"'
    assert quoted(7) == "7"
