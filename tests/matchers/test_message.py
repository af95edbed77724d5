"""What is read in the heads of text messages."""

from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.matchers.message import MAXIMUM_HEADERS, read_head

REQUEST = (
    b"GET /a b HTTP/1.1\r\nHost: x\r\nUser-Agent:  y \r\nConnection: close\r\n\r\nbody\r\n\r\n"
)


def test_the_request_line_has_three_words_and_a_target_may_hold_blanks() -> None:
    head = read_head(REQUEST)

    assert (head.method, head.target, head.protocol) == ("GET", "/a b", "HTTP/1.1")


def test_a_request_line_without_a_protocol_has_a_target() -> None:
    head = read_head(b"GET /\r\n\r\n")

    assert (head.method, head.target, head.protocol) == ("GET", "/", "")


def test_headers_are_found_by_lower_case_name_without_the_blanks_around_them() -> None:
    assert read_head(REQUEST).values("user-agent") == ("y",)


def test_names_are_told_in_order_and_in_alphabetical_order() -> None:
    head = read_head(REQUEST)

    assert head.names == "host,user-agent,connection"
    assert head.name_set == "connection,host,user-agent"


def test_values_of_a_header_that_stands_twice_are_told_in_order() -> None:
    head = read_head(b"OPTIONS sip:a SIP/2.0\r\nV: 3\r\nVia: 1\r\nvia: 2\r\n\r\n")

    assert head.values("via", "v") == ("1", "2", "3")


def test_the_body_begins_behind_the_first_empty_line() -> None:
    assert read_head(REQUEST).body == "body\r\n\r\n"


def test_no_more_headers_are_read_than_a_message_of_nmap_could_have() -> None:
    head = read_head(b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 10_000)

    assert len(head.order) == MAXIMUM_HEADERS


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_a_fault(payload: bytes) -> None:
    head = read_head(payload)

    assert len(head.order) <= MAXIMUM_HEADERS
