"""How ASN.1 elements are read, whatever the bytes."""

from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.matchers.der import MAXIMUM_ELEMENTS, Element, elements


def test_elements_stand_side_by_side() -> None:
    assert elements(b"\x02\x01\x05\x04\x02ab") == [Element(2, b"\x05"), Element(4, b"ab")]


def test_a_length_may_take_several_bytes() -> None:
    assert elements(b"\x30\x82\x00\x03abc") == [Element(0x30, b"abc")]


def test_an_element_that_is_cut_off_has_what_there_is() -> None:
    assert elements(b"\x04\x7fab") == [Element(4, b"ab")]


def test_a_length_without_end_ends_the_reading() -> None:
    assert elements(b"\x02\x01\x05\x30\x80ab") == [Element(2, b"\x05")]


def test_a_flood_of_empty_elements_is_bounded() -> None:
    assert len(elements(b"\x05\x00" * 30_000)) == MAXIMUM_ELEMENTS


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_raising(data: bytes) -> None:
    assert all(element.content in data for element in elements(data))
