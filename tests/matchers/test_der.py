"""How ASN.1 elements are read, whatever the bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.matchers.der import MAXIMUM_ELEMENTS, Element, elements


def test_elements_are_consecutive() -> None:
    assert elements(b"\x02\x01\x05\x04\x02ab") == [Element(2, b"\x05"), Element(4, b"ab")]


def test_a_length_may_take_several_bytes() -> None:
    assert elements(b"\x30\x82\x00\x03abc") == [Element(0x30, b"abc")]


def test_an_element_that_is_truncated_has_what_there_is() -> None:
    assert elements(b"\x04\x7fab") == [Element(4, b"ab")]


def test_a_length_without_end_ends_the_reading() -> None:
    assert elements(b"\x02\x01\x05\x30\x80ab") == [Element(2, b"\x05")]


def test_a_flood_of_empty_elements_is_bounded() -> None:
    assert len(elements(b"\x05\x00" * 30_000)) == MAXIMUM_ELEMENTS


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_raising(data: bytes) -> None:
    assert all(element.content in data for element in elements(data))


@pytest.mark.parametrize(
    ("data", "content"),
    [
        (b"\x04\x00", b""),
        (b"\x04\x01a", b"a"),
        (b"\x04\x7f" + b"a" * 128, b"a" * 127),
        (b"\x04\x81\x80" + b"a" * 129, b"a" * 128),
        (b"\x04\x84\0\0\0\x01ab", b"a"),
        (b"\x04\x82\x00", b""),
    ],
)
def test_a_length_is_one_byte_or_up_to_four_more(data: bytes, content: bytes) -> None:
    assert elements(data)[0] == Element(4, content)


@pytest.mark.parametrize("data", [b"", b"\x04", b"\x04\x80a", b"\x04\x85\0\0\0\0\1a"])
def test_an_element_without_a_valid_length_is_none(data: bytes) -> None:
    assert elements(data) == []


def test_a_last_element_of_two_bytes_is_read() -> None:
    assert elements(b"\x02\x01\x05\x05\x00") == [Element(2, b"\x05"), Element(5, b"")]
