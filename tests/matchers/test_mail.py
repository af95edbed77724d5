"""What is read in POP3, IMAP and NNTP commands."""

from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.observation import Transport
from nmapwatchd.matchers.mail import MATCHER
from tests.building import observation


def test_a_line_is_read_with_its_tag() -> None:
    seen = observation(payload=b"000b AUTHENTICATE NTLM\r\n")

    assert MATCHER.accepts(seen)
    assert MATCHER.fields_of(seen)["line"] == ("000b AUTHENTICATE NTLM",)


def test_a_servers_reply_is_no_message_of_a_client() -> None:
    assert not MATCHER.accepts(observation(payload=b"* CAPABILITY IMAP4rev1 AUTH=NTLM\r\n"))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_error(payload: bytes) -> None:
    assert set(MATCHER.read(payload, Transport.TCP)) == {"line"}
