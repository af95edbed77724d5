"""What is read in the heads of text messages."""

from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.matchers.message import MAXIMUM_HEADERS, read_head

REQUEST = (
    b"GET /a b HTTP/1.1\r\nHost: x\r\nUser-Agent:  y \r\nConnection: close\r\n\r\nbody\r\n\r\n"
)


def test_the_request_line_has_three_words_and_a_target_may_contain_blanks() -> None:
    head = read_head(REQUEST)

    assert (head.method, head.target, head.protocol) == ("GET", "/a b", "HTTP/1.1")


def test_a_request_line_without_a_protocol_has_a_target() -> None:
    head = read_head(b"GET /\r\n\r\n")

    assert (head.method, head.target, head.protocol) == ("GET", "/", "")


def test_headers_are_found_by_lower_case_name_without_the_blanks_around_them() -> None:
    assert read_head(REQUEST).values("user-agent") == ("y",)


def test_names_are_detected_in_order_and_in_alphabetical_order() -> None:
    head = read_head(REQUEST)

    assert head.names == "host,user-agent,connection"
    assert head.name_set == "connection,host,user-agent"


def test_values_of_a_header_that_occurs_twice_are_detected_in_order() -> None:
    head = read_head(b"OPTIONS sip:a SIP/2.0\r\nV: 3\r\nVia: 1\r\nvia: 2\r\n\r\n")

    assert head.values("via", "v") == ("1", "2", "3")


def test_the_body_starts_after_the_first_empty_line() -> None:
    assert read_head(REQUEST).body == "body\r\n\r\n"


def test_no_more_headers_are_read_than_a_message_of_nmap_could_have() -> None:
    head = read_head(b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 10_000)

    assert len(head.order) == MAXIMUM_HEADERS


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_an_error(payload: bytes) -> None:
    head = read_head(payload)

    assert len(head.order) <= MAXIMUM_HEADERS


def test_as_many_headers_as_the_maximum_are_read() -> None:
    lines = [b"H%d: %d" % (n, n) for n in range(MAXIMUM_HEADERS + 1)]
    most = read_head(b"\r\n".join([b"GET / HTTP/1.1", *lines[:MAXIMUM_HEADERS], b"", b"body"]))
    more = read_head(b"\r\n".join([b"GET / HTTP/1.1", *lines, b"", b"body"]))

    assert most.values(f"h{MAXIMUM_HEADERS - 1}") == (str(MAXIMUM_HEADERS - 1),)
    assert len(more.order) == MAXIMUM_HEADERS
    assert more.body == "body"


def test_a_line_without_a_colon_is_not_a_header() -> None:
    head = read_head(b"GET / HTTP/1.1\r\nno header\r\nA:b:c\r\nEmpty:\r\n\r\n")

    assert head.order == ("a", "empty")
    assert (head.values("a"), head.values("empty")) == (("b:c",), ("",))


def test_a_head_that_is_truncated_is_read_as_far_as_it_goes() -> None:
    head = read_head(b"GET / HTTP/1.1\r\nHost: x\r\nUser-Ag")

    assert (head.order, head.body) == (("host",), "")


def test_a_header_has_its_short_form_only_if_it_is_named() -> None:
    head = read_head(b"OPTIONS sip:a SIP/2.0\r\nf: 1\r\n\r\n")

    assert (head.values("from"), head.values("from", "f")) == ((), ("1",))
