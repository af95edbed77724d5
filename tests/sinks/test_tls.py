"""TLS files are read each time, and an error names the file."""

import ssl
from pathlib import Path

import pytest

from nmapwatchd.sinks.sink import SinkError
from nmapwatchd.sinks.tls import Tls
from tests.sinks.certificates import Authority


def test_a_collector_must_always_be_verified() -> None:
    context = Tls().context()

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_a_missing_authority_is_named() -> None:
    with pytest.raises(SinkError, match=r"^/no/ca: No such file or directory$"):
        Tls(ca_file="/no/ca").context()


def test_a_missing_certificate_is_named_with_its_key() -> None:
    with pytest.raises(SinkError, match=r"^/no/cert or /no/key: No such file or directory$"):
        Tls(cert_file="/no/cert", key_file="/no/key").context()


def test_a_renewed_certificate_is_read_again(tmp_path: Path) -> None:
    authority = Authority(tmp_path).begin()
    certificate, key = authority.issue("sensor", "DNS:sensor1")
    tls = Tls(str(authority.file), str(certificate), str(key))
    tls.context()

    certificate.write_text("replaced by garbage")

    with pytest.raises(SinkError, match=str(certificate)):
        tls.context()


def test_a_key_may_be_in_the_certificate_s_file(tmp_path: Path) -> None:
    certificate, key = Authority(tmp_path).begin().issue("sensor", "DNS:sensor1")
    certificate.write_text(certificate.read_text() + key.read_text())

    Tls(cert_file=str(certificate)).context()
