"""What is read in SIP requests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.matching.matcher import BOTH
from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.sip import MATCHER
from tests.building import observation

# As nmap 7.93 wrote it.
PROBE = (
    b"OPTIONS sip:nm SIP/2.0\r\nVia: SIP/2.0/UDP nm;branch=foo;rport\r\n"
    b"From: <sip:nm@nm>;tag=root\r\nTo: <sip:nm2@nm2>\r\nCall-ID: 50000\r\nCSeq: 42 OPTIONS\r\n"
    b"Max-Forwards: 70\r\nContent-Length: 0\r\nContact: <sip:nm@nm>\r\n"
    b"Accept: application/sdp\r\n\r\n"
)


def read(payload: bytes) -> Fields:
    return MATCHER.fields_of(observation(payload=payload, transport=Transport.UDP))


def test_a_request_has_its_parties_and_its_call() -> None:
    fields = read(PROBE)

    assert (fields["method"], fields["uri"]) == (("OPTIONS",), ("sip:nm",))
    assert fields["from"] == ("<sip:nm@nm>;tag=root",)
    assert fields["to"] == ("<sip:nm2@nm2>",)
    assert fields["contact"] == ("<sip:nm@nm>",)
    assert (fields["call_id"], fields["cseq"]) == (("50000",), ("42 OPTIONS",))


def test_short_names_of_headers_are_read_as_the_long_ones() -> None:
    fields = read(b"OPTIONS sip:nm SIP/2.0\r\nf: <sip:a@b>\r\nt: <sip:c@d>\r\nm: <sip:e@f>\r\n\r\n")

    assert fields["from"] == ("<sip:a@b>",)
    assert fields["to"] == ("<sip:c@d>",)
    assert fields["contact"] == ("<sip:e@f>",)


@pytest.mark.parametrize("transport", BOTH)
def test_a_request_is_read_over_tcp_and_udp(transport: Transport) -> None:
    assert MATCHER.accepts(observation(payload=PROBE, transport=transport))


def test_a_servers_reply_is_no_message_of_a_client() -> None:
    reply = PROBE.replace(b"OPTIONS sip:nm SIP/2.0", b"SIP/2.0 200 OK")

    assert not MATCHER.accepts(observation(payload=reply, transport=Transport.UDP))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_an_error(payload: bytes) -> None:
    derived = {name for name, field in MATCHER.fields.items() if not field.tshark}
    assert set(MATCHER.read(payload, Transport.UDP)) == derived
