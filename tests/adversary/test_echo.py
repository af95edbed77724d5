"""No packet hides what another one shows."""

from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from nmapwatchd.core import canary
from nmapwatchd.core.attribution.allowlist import Authorisation, Network
from nmapwatchd.core.matching.signature import Correlation
from nmapwatchd.core.observation import Transport
from tests.building import NOON, engine, observation, signature
from tests.frames import frame
from tests.packets import TcpShape, replayed, rule_ids, tcp

SCANNER, TARGET = "10.0.0.5", "10.0.0.8"
NSE = b"GET /%d HTTP/1.1\r\nHost: x\r\nUser-Agent: Nmap Scripting Engine\r\n\r\n"
# What a version scan sends over one connection.
PROBES = [NSE % 1, NSE % 2, b"GET /nice%20ports%2C/Tri%6Eity.txt%2ebak HTTP/1.0\r\n\r\n"]


def sent(payload: bytes, number: int) -> bytes:
    return frame(payload, source=SCANNER, destination=TARGET, ports=(40_000, 80), number=number)


def forged(payload: bytes, number: int) -> bytes:
    """Return a frame that an attacker sends in the target's name."""
    return frame(payload, source=TARGET, destination=SCANNER, ports=(80, 40_000), number=number)


@pytest.mark.parametrize(
    "payload",
    [b"\r\n\r\n", b"GET / HTTP/1.0\r\n\r\n", b"OPTIONS / HTTP/1.0\r\n\r\n", b"HELP\r\n", PROBES[0]],
)
def test_a_forged_frame_does_not_hide_the_scan_that_follows(payload: bytes, tmp_path: Path) -> None:
    """A forged frame in the target's name does not hide the scan that follows."""
    frames = [forged(payload, 1), *(sent(one, 2 + n) for n, one in enumerate(PROBES))]

    assert SCANNER in {alert.source for alert in replayed(tmp_path, frames)}


def test_a_scan_of_which_each_probe_is_forged_in_advance_is_named(tmp_path: Path) -> None:
    """Forging each probe in the target's name in advance does not hide who sends the probes."""
    frames = [
        one
        for number, payload in enumerate(PROBES)
        for one in (forged(payload, number), sent(payload, 100 + number))
    ]

    assert SCANNER in {alert.source for alert in replayed(tmp_path, frames)}


def test_a_host_in_whose_name_replies_are_forged_is_named_with_a_caveat(tmp_path: Path) -> None:
    """Who is blamed by frames forged from the scanned port is blamed with a caveat."""
    frames = [forged(payload, number) for number, payload in enumerate(PROBES)]

    assert {alert.caveats for alert in replayed(tmp_path, frames)} == {("spoofable",)}


def test_a_service_that_returns_every_probe_is_not_named(tmp_path: Path) -> None:
    """A service that returns every probe, in pieces and with a greeting, is not named."""
    back = {"source": TARGET, "destination": SCANNER, "ports": (7, 40_000)}
    frames = []
    for number, payload in enumerate(PROBES):
        probe = frame(payload, source=SCANNER, destination=TARGET, ports=(40_000, 7), number=number)
        returned = (payload, payload[:70], b"you sent: " + payload)
        echoes = (frame(one, number=number, **back) for one in returned)  # type: ignore[arg-type]
        frames += [probe, *echoes]

    assert {alert.source for alert in replayed(tmp_path, frames)} == {SCANNER}


def test_a_frame_with_the_hash_of_a_coming_one_does_not_hide_it(tmp_path: Path) -> None:
    """A frame with another's addresses, numbers and checksums does not hide its other headers."""
    shapes = [TcpShape(0x29, 1024, sequence=7), TcpShape(0x0, 1024, sequence=7)]
    xmas, null = (tcp(shape, ports=(40_000, 80), ttl=44, number=9) for shape in shapes)

    found = rule_ids(replayed(tmp_path, [xmas, null]))

    assert found == rule_ids(replayed(tmp_path, [xmas])) | rule_ids(replayed(tmp_path, [null]))
    assert {"tcp.raw-xmas", "tcp.raw-null"} <= found


@pytest.mark.parametrize("transport", [Transport.TCP, Transport.UDP])
def test_a_payload_that_begins_like_a_canary_is_inspected(transport: Transport) -> None:
    """A scanner does not hide its probes by beginning them like the sensor's own canary."""
    core = engine()
    payload = canary.PREFIX + b"loud"

    assert core.observe(observation(payload=payload, transport=transport)).alerts


def test_an_authorised_address_covers_no_other() -> None:
    """Packets in the name of an authorised scanner do not cover the scanner that sends them."""
    networks: tuple[Network, ...] = (ip_network("10.0.0.99"),)
    core = engine(authorised=(Authorisation("audit", networks),))
    probe = observation(payload=b"loud", mac="02:00:00:00:00:01", content_hash=7)
    alerts = [
        alert
        for later, source in enumerate(("10.0.0.99", SCANNER, "10.0.0.99", SCANNER))
        for alert in core.observe(
            replace(probe, source=source, at=NOON + later, frame_hash=1 + later)
        ).alerts
    ]

    assert [alert.source for alert in alerts if not alert.expected] == [SCANNER]


def test_packets_without_the_variation_do_not_hide_those_with_it() -> None:
    """Many packets of one TTL do not fill the group in which nmap's are counted."""
    correlate = Correlation((), ("destination_port",), 3, ("size",))
    core = engine(replace(signature("loud"), correlate=correlate))
    for port in range(200):
        core.observe(observation(port / 1000, payload=b"loud", destination_port=port))

    assert core.observe(observation(1, payload=b"loud again", destination_port=999)).alerts
