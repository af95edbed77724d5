"""Matchers whose signatures say themselves how a message begins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.matching.matcher import Matcher
from nmapwatchd.core.observation import Transport
from nmapwatchd.matchers import misplaced, script
from tests.building import observation

MATCHERS = pytest.mark.parametrize("matcher", [misplaced.MATCHER, script.MATCHER])


@MATCHERS
def test_every_tcp_message_is_read_and_no_udp_message(matcher: Matcher) -> None:
    assert matcher.accepts(observation(payload=b"\1\4nmap"))
    assert not matcher.accepts(observation(payload=b"\1\4nmap", transport=Transport.UDP))


@MATCHERS
@given(st.binary(max_size=100))
def test_any_bytes_are_told_as_they_are(matcher: Matcher, payload: bytes) -> None:
    fields = matcher.fields_of(observation(payload=payload, destination_port=21))

    assert fields["payload"] == (payload.decode("latin-1"),)
    assert fields["destination_port"] == ("21",)
