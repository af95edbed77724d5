"""An alert names the reasons why its source may not be the scanner."""

import pytest

from nmapwatchd.core.attribution.caveats import (
    FIRST_CLIENT_PORT,
    Caveat,
    implies_handshake,
    is_proxied,
    is_relayable,
)
from nmapwatchd.core.observation import Transport
from nmapwatchd.core.rule import Confidence
from tests.building import engine, observation, signature

REQUEST = b"GET /loud HTTP/1.1\r\nHost: x\r\n%b\r\n\r\n"


def test_a_scan_by_datagrams_may_be_spoofed() -> None:
    (alert,) = engine().observe(observation(payload=b"loud", transport=Transport.UDP)).alerts

    assert alert.caveats == ("spoofable",)


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.ICMP, Transport.IP, Transport.SCTP])
def test_only_data_over_a_connection_implies_a_handshake(transport: Transport) -> None:
    assert not implies_handshake(observation(payload=b"loud", transport=transport))
    assert not implies_handshake(observation(payload=b"", transport=Transport.TCP))
    assert implies_handshake(observation(payload=b"loud", transport=Transport.TCP))


@pytest.mark.parametrize(
    ("source_port", "destination_port", "expected"),
    [
        (80, FIRST_CLIENT_PORT, False),
        (FIRST_CLIENT_PORT - 1, 65_535, False),
        (80, FIRST_CLIENT_PORT - 1, True),
        (FIRST_CLIENT_PORT, FIRST_CLIENT_PORT, True),
        (FIRST_CLIENT_PORT, 80, True),
    ],
)
def test_what_goes_from_a_servers_port_to_a_clients_implies_none(
    source_port: int, destination_port: int, expected: bool
) -> None:
    seen = observation(payload=b"loud", source_port=source_port, destination_port=destination_port)

    assert implies_handshake(seen) is expected


def test_a_request_over_a_connection_confirms_the_source() -> None:
    core = engine()
    core.observe(observation(0, payload=b"loud", transport=Transport.UDP))
    core.observe(observation(1, payload=b"loud", transport=Transport.TCP))

    (closed,) = core.drain().alerts
    assert closed.caveats == ()


def test_a_request_in_a_tunnel_may_be_its_sender_s_invention() -> None:
    seen = observation(payload=b"loud", destination_port=443, outer=("192.0.2.1>192.0.2.2",))
    (alert,) = engine().observe(seen).alerts

    assert alert.caveats == ("tunnelled",)
    assert alert.outer == ("192.0.2.1>192.0.2.2",)


def test_a_weak_sighting_confirms_nothing() -> None:
    core = engine(signature("loud"), signature("usual", Confidence.WEAK))
    core.observe(observation(0, payload=b"usual"))
    core.observe(observation(1, payload=b"loud", transport=Transport.UDP))
    core.observe(observation(2, payload=b"usual", destination="10.0.0.9"))

    (closed,) = core.drain().alerts
    assert closed.caveats == ("spoofable",)


@pytest.mark.parametrize(
    "header", [b"Via: 1.1 squid", b"via:x", b"Accept: */*\r\nX-Forwarded-For: 10.0.0.9",
               b"Forwarded: for=10.0.0.9", b"X-Real-IP: 10.0.0.9"],
)  # fmt: skip
def test_a_request_that_was_forwarded_may_be_a_proxy_s(header: bytes) -> None:
    (alert,) = engine().observe(observation(payload=REQUEST % header)).alerts

    assert "proxied" in alert.caveats


@pytest.mark.parametrize(
    "payload",
    [
        REQUEST % b"Viable: yes",
        REQUEST % b"X: y\r\n\r\nVia: in the body",
        b"OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TCP a\r\n\r\n",
        b"GET /Via: HTTP/1.0\r\n\r\n",
        b"A" * 4096,
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 600,
    ],
)
def test_other_requests_are_not(payload: bytes) -> None:
    assert not is_proxied(observation(payload=payload))


def test_a_datagram_is_not_a_forwarded_request() -> None:
    seen = observation(payload=REQUEST % b"Via: x", transport=Transport.UDP)

    assert not is_proxied(seen)


ENVELOPE = b"GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nUser-Agent: a\r\n%b\r\n"


@pytest.mark.parametrize(
    ("payload", "port"),
    [
        (b"loud", 80),
        (b"loud", 4444),
        (b"EHLO nmap.scanme.org\r\n", 25),
        (ENVELOPE % b"", 6379),
        (ENVELOPE % b"Accept: */*\r\n", 80),
        (ENVELOPE % b"accept-encoding:gzip\r\n", 8080),
        (ENVELOPE % b"Sec-Fetch-Mode: cors\r\n", 80),
    ],
)
def test_what_a_client_forwards_may_be_content_of_a_third_party(payload: bytes, port: int) -> None:
    assert is_relayable(observation(payload=payload, destination_port=port))


@pytest.mark.parametrize(
    ("payload", "port"),
    [
        (b"loud", 22),
        (b"loud", 443),
        (b"GET /nice HTTP/1.0\r\n\r\n", 80),
        (ENVELOPE % b"", 80),
        (ENVELOPE % b"X: y\r\n\r\nAccept: in the body", 4444),
        (b"OPTIONS sip:nm SIP/2.0\r\nVia: SIP/2.0/TCP nm\r\n\r\n", 5070),
        (b"OPTIONS / RTSP/1.0\r\n\r\n", 554),
    ],
)
def test_a_command_and_a_request_of_its_own_are_not(payload: bytes, port: int) -> None:
    assert not is_relayable(observation(payload=payload, destination_port=port))


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.ICMP, Transport.IP, Transport.SCTP])
def test_only_data_over_a_connection_is_content(transport: Transport) -> None:
    assert not is_relayable(observation(payload=b"loud", transport=transport))
    assert not is_relayable(observation(payload=b"", transport=Transport.TCP))


def test_the_caveats_are_those_of_the_contract() -> None:
    assert [caveat.value for caveat in Caveat] == [
        "spoofable", "proxied", "shared_probes", "tunnelled", "relayable", "incomplete",
    ]  # fmt: skip
