"""Requests on the assigned port of another protocol: any TCP payload."""

from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.observation import Transport
from nmapwatchd.matchers.misplaced import MATCHER
from tests.building import observation


def test_every_tcp_message_is_read_and_no_udp_message() -> None:
    assert MATCHER.accepts(observation(payload=b"\1\4nmap"))
    assert not MATCHER.accepts(observation(payload=b"\1\4nmap", transport=Transport.UDP))


@given(st.binary(max_size=100))
def test_any_bytes_are_read_as_they_are(payload: bytes) -> None:
    fields = MATCHER.fields_of(observation(payload=payload, destination_port=21))

    assert fields["payload"] == (payload.decode("latin-1"),)
    assert fields["destination_port"] == ("21",)
