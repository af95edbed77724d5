"""Alerts name only the scanner, and count each frame once."""

import struct
from pathlib import Path

import pytest

from nmapwatchd.core.observation import Transport
from tests.frames import frame
from tests.packets import icmp, replayed

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: Nmap Scripting Engine\r\n%b\r\n"
# A probe of nmap that echo services, among others, send back.
SIP = (
    b"OPTIONS sip:nm SIP/2.0\r\nVia: SIP/2.0/UDP nm;branch=foo;rport\r\nFrom: <sip:nm@nm>;tag=root"
)


def test_an_echo_of_a_probe_is_not_attributed_to_the_server(tmp_path: Path) -> None:
    back = {"source": "10.0.0.8", "destination": "10.0.0.5", "ports": (7, 40_000)}
    request = REQUEST % b""
    alerts = replayed(
        tmp_path,
        [
            frame(request, ports=(40_000, 7), number=1),
            frame(request[:70], number=2, **back),  # type: ignore[arg-type]
            frame(request, number=3, **back),  # type: ignore[arg-type]
        ],
    )

    assert {alert.source for alert in alerts} == {"10.0.0.5"}


@pytest.mark.parametrize("version", [4, 6])
def test_an_icmp_error_that_quotes_a_probe_does_not_alert(tmp_path: Path, version: int) -> None:
    ends = ("10.0.0.5", "10.0.0.8") if version == 4 else ("fd00::5", "fd00::8")
    probe = frame(SIP, transport=Transport.UDP, source=ends[0], destination=ends[1], number=1)
    request = frame(REQUEST % b"", source=ends[0], destination=ends[1], number=2)
    kind, code = (3, 3) if version == 4 else (1, 4)
    errors = [
        icmp(kind, quoted[14:], code=code, version=version, source=ends[1], destination=ends[0])
        for quoted in (probe, request)
    ]

    assert replayed(tmp_path, errors) == []
    assert {alert.source for alert in replayed(tmp_path, [request, *errors])} == {ends[0]}


@pytest.mark.parametrize("tags", [1, 2])
def test_a_frame_captured_on_two_vlans_is_counted_once(tmp_path: Path, tags: int) -> None:
    requests = [(REQUEST % b"", number) for number in (1, 2, 3)]
    alerts = replayed(
        tmp_path,
        [frame(text, number=n, tags=t) for text, n in requests for t in (0, tags)],
    )

    assert alerts[-1].sightings == 3 * len(alerts[-1].rules)
    assert len({alert.scan_id for alert in alerts}) == 1


def test_a_scan_that_needs_no_reply_is_spoofable(tmp_path: Path) -> None:
    alerts = replayed(tmp_path, probes_of_os_detection())

    assert alerts
    assert {alert.caveats for alert in alerts} == {("spoofable",)}


def probes_of_os_detection() -> list[bytes]:
    """Return the probes of nmap's OS detection that need no reply."""
    return [
        icmp(8, b"\0" * 120, code=9, identifier=7, sequence=295, dont_fragment=True),
        icmp(8, b"\0" * 150, code=0, identifier=8, sequence=296, tos=4),
    ]


def test_a_request_that_a_proxy_forwarded_is_proxied(tmp_path: Path) -> None:
    alerts = replayed(tmp_path, [frame(REQUEST % b"X-Forwarded-For: 10.0.0.99\r\n")])

    assert {alert.source for alert in alerts} == {"10.0.0.5"}
    assert alerts[0].caveats == ("proxied",)


def test_a_reply_that_contains_a_probe_does_not_alert(tmp_path: Path) -> None:
    page = b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\nyou sent: " + REQUEST % b""
    head = struct.pack(">H", 0)

    replies = [page, b"SSH-2.0-OpenSSH_9.2\r\n", b"220 nmap\r\n", head + REQUEST % b""]
    frames = [frame(reply, source="10.0.0.8", destination="10.0.0.5", ports=(80, 40_000), number=n)
              for n, reply in enumerate(replies)]  # fmt: skip

    assert replayed(tmp_path, frames) == []
