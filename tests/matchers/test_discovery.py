"""Requests that discover servers: any datagram."""

from nmapwatchd.core.observation import Transport
from nmapwatchd.matchers.discovery import MATCHER
from tests.building import observation


def test_every_datagram_is_read_and_no_tcp_message() -> None:
    seen = observation(payload=b"ackfin ping\0", transport=Transport.UDP)

    assert MATCHER.accepts(seen)
    assert MATCHER.fields_of(seen)["payload"] == ("ackfin ping\0",)
    assert not MATCHER.accepts(observation(payload=b"ackfin ping\0"))


def test_a_datagram_without_payload_is_not_read() -> None:
    assert not MATCHER.accepts(observation(payload=b"", transport=Transport.UDP))
