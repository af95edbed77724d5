"""What is read in SMTP commands."""

from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.smtp import MATCHER
from tests.building import observation


def read(payload: bytes) -> Fields:
    return MATCHER.fields_of(observation(payload=payload))


def test_a_greeting_has_the_clients_name() -> None:
    fields = read(b"EHLO nmap.scanme.org\r\n")

    assert (fields["command"], fields["argument"]) == (("EHLO",), ("nmap.scanme.org",))


def test_an_address_is_read_with_what_stands_before_it() -> None:
    assert read(b"MAIL FROM:<usertest@nmap.scanme.org>\r\n")["argument"] == (
        "FROM:<usertest@nmap.scanme.org>",
    )


def test_lmtp_greets_too() -> None:
    assert MATCHER.accepts(observation(payload=b"LHLO nmap.scanme.org\r\n"))


def test_a_server_that_repeats_the_name_is_no_client() -> None:
    assert not MATCHER.accepts(observation(payload=b"250-mail Hello nmap.scanme.org\r\n"))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_error(payload: bytes) -> None:
    assert set(MATCHER.read(payload, Transport.TCP)) == {"command", "argument"}
