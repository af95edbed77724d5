"""A URL is a collector, or is refused with the reason."""

import pytest

from nmapwatchd.config.collector_url import CollectorUrl, parse_collector_url


@pytest.mark.parametrize(
    ("url", "parsed"),
    [
        ("unix:/dev/log", CollectorUrl("unix", path="/dev/log")),
        ("unix:///dev/log", CollectorUrl("unix", path="/dev/log")),
        ("unix:/" + "x" * 106, CollectorUrl("unix", path="/" + "x" * 106)),
        ("udp://192.0.2.1", CollectorUrl("udp", host="192.0.2.1", port=514)),
        ("tcp://192.0.2.1:601", CollectorUrl("tcp", host="192.0.2.1", port=601)),
        ("tcp://192.0.2.1:1", CollectorUrl("tcp", host="192.0.2.1", port=1)),
        ("tcp://192.0.2.1:65535", CollectorUrl("tcp", host="192.0.2.1", port=65535)),
        ("tls://siem.example.org", CollectorUrl("tls", host="siem.example.org", port=6514)),
        ("tls://[2001:db8::1]:6514", CollectorUrl("tls", host="2001:db8::1", port=6514)),
    ],
)
def test_a_url_is_a_collector(url: str, parsed: CollectorUrl) -> None:
    assert parse_collector_url(url) == parsed


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "is not of the form unix:/dev/log, udp://host:port"),
        ("siem.example.org", "is not of the form"),
        ("https://siem.example.org", "is not of the form"),
        ("unix:dev/log", "absolute path"),
        ("unix:/" + "x" * 107, "is not the path of a socket: at most 107 bytes"),
        ("unix:/a\0b", "is not the path of a socket"),
        ("udp://", "has no host"),
        ("udp:host:514", "has no host"),
        ("tcp://host", "needs a port"),
        ("tcp://host:0", "needs a port"),
        ("tcp://host:99999", "out of range"),
        ("tcp://host:syslog", "could not be cast|invalid literal|Port"),
        ("tcp://user@host:601", "more than a host and a port"),
        ("tcp://host:601/path", "more than a host and a port"),
        ("tcp://host:601?x=y", "more than a host and a port"),
        ("tcp://host:601#x", "more than a host and a port"),
        ("tcp://[2001:db8::1:601", "Invalid IPv6 URL"),
        ("tcp://ho st:601", "spaces or control"),
        ("tcp://ho\nst:601", "spaces or control"),
        (f"tcp://{'x' * 64}:601", "label"),
    ],
)
def test_another_url_is_refused_with_a_reason(url: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_collector_url(url)
