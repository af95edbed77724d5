"""A `to` of the configuration means one sink, or a clear sentence."""

import pytest

from nmapwatchd.sinks.factory import syslog_transport
from tests.formats.messages import SENSOR


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("unix:/dev/log", "unix:/dev/log"),
        ("unix:///dev/log", "unix:/dev/log"),
        ("udp://collector.example.org:5514", "udp://collector.example.org:5514"),
        ("udp://192.0.2.1", "udp://192.0.2.1:514"),
        ("tcp://192.0.2.1:601", "tcp://192.0.2.1:601"),
        ("tls://siem.example.org", "tls://siem.example.org:6514"),
        ("tls://[2001:db8::1]:6514", "tls://[2001:db8::1]:6514"),
        ("udp://[2001:db8::1]", "udp://[2001:db8::1]:514"),
    ],
)
def test_a_url_means_a_sink(url: str, name: str) -> None:
    assert syslog_transport(url, SENSOR).name == name


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "is none of unix:/dev/log, udp://host:port"),
        ("siem.example.org", "is none of"),
        ("https://siem.example.org", "is none of"),
        ("unix:dev/log", "absolute path"),
        ("unix:/" + "x" * 200, "no path of a socket"),
        ("udp://", "names no host"),
        ("udp:host:514", "names no host"),
        ("tcp://host", "needs a port"),
        ("tcp://host:0", "needs a port"),
        ("tcp://host:99999", "out of range"),
        ("tcp://host:syslog", "could not be cast|invalid literal|Port"),
        ("tcp://user@host:601", "more than a host and a port"),
        ("tcp://host:601/path", "more than a host and a port"),
        ("tcp://host:601?x=y", "more than a host and a port"),
        ("tcp://[2001:db8::1:601", "Invalid IPv6 URL"),
        ("tcp://ho st:601", "spaces or control"),
        ("tcp://ho\nst:601", "spaces or control"),
        (f"tcp://{'x' * 64}:601", "label"),
    ],
)
def test_a_url_that_means_nothing_is_refused_with_a_reason(url: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        syslog_transport(url, SENSOR)


def test_certificates_without_tls_are_refused() -> None:
    with pytest.raises(ValueError, match="certificates need tls://"):
        syslog_transport("tcp://host:601", SENSOR, ca_file="ca.pem")


def test_a_key_without_a_certificate_is_refused() -> None:
    with pytest.raises(ValueError, match="passphrase_file needs a cert_file"):
        syslog_transport("tls://host", SENSOR, passphrase_file="phrase")  # noqa: S106
    with pytest.raises(ValueError, match="names no credential"):
        syslog_transport("tls://host", SENSOR, ca_file="credential:../shadow")
    with pytest.raises(ValueError, match="key_file needs a cert_file"):
        syslog_transport("tls://host", SENSOR, key_file="key.pem")
