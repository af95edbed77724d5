"""An escaped value of an alert is turned back into the bytes that were on the wire."""

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from nmapwatchd.formats.escape import ELLIPSIS, from_wire, printable
from nmapwatchd.reports.wire_bytes import is_binary, wire_bytes
from tests.formats.messages import NASTY, texts

# More than any escape of a value of these tests needs.
UNLIMITED = 100_000


@given(st.binary(max_size=60))
@example(b"\\x41\\n\x00\xff\r\n\t")
@example("ä\u2028\U000e0001".encode())
@example("ä".encode()[:1])
def test_the_bytes_of_a_value_are_those_of_the_wire(octets: bytes) -> None:
    value = octets.decode("latin-1")
    assume(not from_wire(value).endswith(ELLIPSIS))

    assert wire_bytes(printable(from_wire(value), UNLIMITED)) == octets


def test_the_ellipsis_of_a_truncated_value_is_no_byte_of_it() -> None:
    assert wire_bytes(printable("\x03" * 20, 10)) == b"\x03\x03"


@given(texts)
@example(NASTY)
@example("\\U00110000\\u12\\xg0\\")
def test_any_text_has_bytes(text: str) -> None:
    assert isinstance(wire_bytes(text), bytes)


@pytest.mark.parametrize(
    ("octets", "expected"),
    [(b"GET / HTTP/1.0\r\n", False), (b"\\x03", False), (b"\x03\x00*", True), (b"\xff", True)],
)
def test_only_what_is_not_text_is_binary(octets: bytes, expected: bool) -> None:
    assert is_binary(printable(from_wire(octets.decode("latin-1")))) is expected
