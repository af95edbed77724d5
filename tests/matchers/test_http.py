"""What is read in HTTP requests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.http import MATCHER
from tests.building import observation

# As nmap 7.93 wrote it, without its User-Agent.
CORS = (
    b"OPTIONS / HTTP/1.1\r\nHost: 10.77.0.8\r\nAccess-Control-Request-Method: HEAD\r\n"
    b"Connection: close\r\nOrigin: example.com\r\nUser-Agent: Firefox\r\n\r\n"
)


def read(payload: bytes) -> Fields:
    return MATCHER.fields_of(observation(payload=payload))


def test_a_request_has_method_target_and_headers() -> None:
    fields = read(CORS)

    assert fields["method"] == ("OPTIONS",)
    assert fields["uri"] == ("/",)
    assert fields["protocol"] == ("HTTP/1.1",)
    assert fields["origin"] == ("example.com",)
    assert fields["connection"] == ("close",)


def test_the_names_of_headers_are_detected_in_whatever_order_lua_chose() -> None:
    fields = read(b"GET / HTTP/1.1\r\nUser-Agent: x\r\nHost: y\r\nConnection: close\r\n\r\n")

    assert fields["headers"] == ("user-agent,host,connection",)
    assert fields["header_set"] == ("connection,host,user-agent",)


def test_headers_of_browsers_and_libraries_are_foreign_to_nmap() -> None:
    browser = read(b"GET / HTTP/1.1\r\nHost: y\r\nSec-Fetch-Mode: cors\r\nACCEPT: */*\r\n\r\n")

    assert browser["foreign_headers"] == ("accept,sec-fetch-mode",)
    assert read(CORS)["foreign_headers"] == ("",)


def test_a_target_is_read_as_sent() -> None:
    fields = read(b"GET /nice%20ports%2C/Tri%6Eity.txt%2ebak HTTP/1.0\r\n\r\n")

    assert fields["uri"] == ("/nice%20ports%2C/Tri%6Eity.txt%2ebak",)


def test_a_request_may_have_an_unknown_method() -> None:
    assert MATCHER.accepts(observation(payload=b"ZYEO / HTTP/1.1\r\nHost: x\r\n\r\n"))


def test_a_page_that_quotes_a_scanner_is_no_request() -> None:
    page = b"HTTP/1.1 404 Not Found\r\n\r\n/nice%20ports%2C/Tri%6Eity.txt%2ebak"

    assert not MATCHER.accepts(observation(payload=page))


def test_a_body_is_read_where_it_is_in_the_same_packet() -> None:
    assert read(b"POST /login HTTP/1.1\r\n\r\nlogin=a")["body"] == ("login=a",)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_an_error(payload: bytes) -> None:
    read = {name for name, field in MATCHER.fields.items() if field.at is None}
    assert set(MATCHER.read(payload, Transport.TCP)) == read


@pytest.mark.parametrize(
    "method",
    [b"GET", b"POST", b"HEAD", b"OPTIONS", b"PUT", b"DELETE", b"TRACE", b"CONNECT", b"PROPFIND",
     b"SEARCH", b"PATCH", b"DEBUG", b"SSTP_DUPLEX_POST"],
)  # fmt: skip
def test_every_method_opens_a_request(method: bytes) -> None:
    seen = observation(payload=method + b" /x HTTP/1.1\r\n\r\n")

    assert MATCHER.accepts(seen)
    assert MATCHER.fields_of(seen)["method"] == (method.decode(),)


@pytest.mark.parametrize(
    "name",
    ["User-Agent", "Host", "Cookie", "Authorization", "Content-Type", "Connection", "Origin",
     "Referer"],
)  # fmt: skip
def test_every_header_of_a_field_is_read_in_any_case_and_each_time(name: str) -> None:
    lines = f"GET / HTTP/1.0\r\n{name}: 1\r\nX: 0\r\n{name.upper()}: 2\r\n\r\n"
    fields = read(lines.encode())

    assert fields[name.lower().replace("-", "_")] == ("1", "2")


def test_a_header_that_is_absent_has_no_value() -> None:
    assert read(b"GET / HTTP/1.0\r\n\r\n")["host"] == ()


def test_bytes_five_to_eight_are_a_number_if_all_are_there() -> None:
    assert read(b"ZYEO / H")["bytes_4_8"] == (str(0x202F2048),)
    assert "bytes_4_8" not in read(b"ZYEO / ")
