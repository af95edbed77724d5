"""A real rsyslogd understands what is sent to it, whatever was seen."""

import random
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nmapwatchd.core.alert import Alert, Message
from nmapwatchd.formats.flat import fields
from nmapwatchd.formats.summary import sentence
from nmapwatchd.sinks.factory import syslog_transport
from nmapwatchd.sinks.sink import SinkError
from tests.formats.messages import BLIND, CLOSED, NASTY, OPENED, SENSOR, filled
from tests.sinks.certificates import Authority, encrypt
from tests.sinks.collector import (
    LOOPBACK,
    TCP,
    Collector,
    collector,
    parameters,
    tls,
)

_PLAIN: list[Message] = [OPENED, CLOSED, BLIND]


def hostile() -> list[Message]:
    """Return alerts in which every text is one of many that break lines and brackets somewhere."""
    dice = random.Random(5424)  # noqa: S311 - the same texts each time
    alphabet = [*NASTY, "a", "日", "\xff", "\xc3"]
    texts = ["".join(dice.choices(alphabet, k=dice.randrange(1, 200))) for _ in range(100)]
    return [replace(filled(text), scan_id=f"{n:032x}") for n, text in enumerate([*NASTY, *texts])]


@pytest.fixture
def udp(tmp_path: Path) -> Iterator[Collector]:
    (tmp_path / "udp").mkdir()
    with collector(tmp_path / "udp", "imudp", 'module(load="imudp")\n', socket.SOCK_DGRAM) as found:
        yield found


@pytest.fixture
def tcp(tmp_path: Path) -> Iterator[Collector]:
    with collector(tmp_path, "imtcp", TCP) as found:
        yield found


def send(url: str, messages: list[Message], **certificates: Any) -> None:
    sink = syslog_transport(url, SENSOR, **certificates)
    sink.open()
    for message in messages:
        sink.send(message)
    sink.close()


def assert_understood(entry: dict[str, Any], message: Message) -> None:
    assert (entry["host"], entry["app"], entry["process"]) == ("sensor1", "nmapwatchd", "4711")
    assert entry["id"] == message.action
    assert entry["time"] == "2026-11-22T11:49:19.426000+00:00"
    assert entry["said"].removeprefix("\ufeff") == sentence(message)
    found = parameters(entry["data"])
    assert ("omitted" in found) or set(found) == {
        name for name, values in fields(message) if values
    }
    for name, values in fields(message):
        if name != "evidence" and name in found:
            assert ",".join(values).startswith(found[name])


@pytest.mark.parametrize("messages", [_PLAIN, hostile()], ids=["plain", "hostile"])
def test_over_tcp_each_message_is_understood(tcp: Collector, messages: list[Message]) -> None:
    send(f"tcp://{LOOPBACK}:{tcp.port}", messages)

    entries = tcp.understood(len(messages))
    assert len(entries) == len(messages)
    for entry, message in zip(entries, messages, strict=True):
        assert_understood(entry, message)


@pytest.mark.parametrize("messages", [_PLAIN, hostile()], ids=["plain", "hostile"])
def test_over_udp_each_message_is_understood(udp: Collector, messages: list[Message]) -> None:
    send(f"udp://{LOOPBACK}:{udp.port}", messages)

    entries = udp.understood(len(messages))
    assert len(entries) == len(messages)
    for entry, message in zip(entries, messages, strict=True):
        assert_understood(entry, message)


def test_over_tls_each_message_is_understood(tmp_path: Path) -> None:
    given, authority = tls(tmp_path)
    messages = [*_PLAIN, *hostile()]
    with collector(tmp_path, "imtcp", given) as found:
        send(f"tls://{LOOPBACK}:{found.port}", messages, ca_file=str(authority.file))

        entries = found.understood(len(messages))

    assert len(entries) == len(messages)
    for entry, message in zip(entries, messages, strict=True):
        assert_understood(entry, message)


def test_a_collector_that_nobody_vouches_for_is_told_nothing(tmp_path: Path) -> None:
    given, _ = tls(tmp_path)
    stranger = Authority(tmp_path, "stranger").begin()
    with collector(tmp_path, "imtcp", given) as found:
        url = f"tls://{LOOPBACK}:{found.port}"

        with pytest.raises(SinkError, match="certificate verify failed"):
            send(url, _PLAIN, ca_file=str(stranger.file))
        with pytest.raises(SinkError, match="certificate verify failed"):
            send(url, _PLAIN)
        send(url, [BLIND], verify=False)

        assert [entry["id"] for entry in found.understood(1)] == ["sensor-blind"]


def test_a_collector_of_another_name_is_told_nothing(tmp_path: Path) -> None:
    given, authority = tls(tmp_path)
    with collector(tmp_path, "imtcp", given) as found:
        url = f"tls://localhost:{found.port}"

        with pytest.raises(SinkError, match="localhost"):
            send(url, _PLAIN, ca_file=str(authority.file))


def test_a_collector_that_asks_for_our_certificate_gets_it(tmp_path: Path) -> None:
    given, authority = tls(tmp_path, "x509/certvalid")
    certificate, key = authority.issue("sensor", "DNS:sensor1")
    with collector(tmp_path, "imtcp", given) as found:
        url = f"tls://{LOOPBACK}:{found.port}"

        send(
            url, [OPENED],
            ca_file=str(authority.file), cert_file=str(certificate), key_file=str(key),
        )  # fmt: skip

        assert [entry["id"] for entry in found.understood(1)] == ["scan-opened"]


def test_a_key_and_its_pass_phrase_may_be_credentials_of_the_service_manager(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, authority = tls(tmp_path, "x509/certvalid")
    certificate, plain = authority.issue("sensor", "DNS:sensor1")
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "phrase").write_text("correct horse\n")
    encrypt(plain, secrets / "key", secrets / "phrase")
    files = {"ca_file": str(authority.file), "cert_file": str(certificate),
             "key_file": "credential:key"}  # fmt: skip
    with collector(tmp_path, "imtcp", given) as found:
        url = f"tls://{LOOPBACK}:{found.port}"
        monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
        with pytest.raises(SinkError, match="passed no credentials"):
            send(url, [OPENED], **files)
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(secrets))
        with pytest.raises(SinkError, match="no passphrase_file says which"):
            send(url, [OPENED], **files)

        send(url, [OPENED], **files, passphrase_file="credential:phrase")  # noqa: S106

        assert [entry["id"] for entry in found.understood(1)] == ["scan-opened"]


def test_a_collector_that_refuses_us_has_been_delivered_nothing(tmp_path: Path) -> None:
    given, authority = tls(tmp_path, "x509/certvalid")
    with collector(tmp_path, "imtcp", given) as found:
        url = f"tls://{LOOPBACK}:{found.port}"

        with pytest.raises(SinkError):
            send(url, [OPENED], ca_file=str(authority.file))


def test_nobody_at_the_port_is_an_error_over_tcp_and_udp(tcp: Collector, udp: Collector) -> None:
    tcp.kill()
    udp.kill()

    with pytest.raises(SinkError, match="Connection refused"):
        send(f"tcp://{LOOPBACK}:{tcp.port}", _PLAIN)
    with pytest.raises(SinkError, match="Connection refused"):
        send(f"udp://{LOOPBACK}:{udp.port}", _PLAIN)


def test_frames_are_counted_in_octets_not_characters(tcp: Collector) -> None:
    wide: Alert = replace(OPENED, expected="日本語" * 10)

    send(f"tcp://{LOOPBACK}:{tcp.port}", [wide, CLOSED])

    assert [entry["id"] for entry in tcp.understood(2)] == ["scan-opened", "scan-closed"]


@pytest.mark.parametrize("messages", [_PLAIN, hostile()], ids=["plain", "hostile"])
def test_a_local_rsyslogd_understands_each_message(tmp_path: Path, messages: list[Message]) -> None:
    log = tmp_path / "log"
    given = 'module(load="imuxsock" sysSock.use="off")\n'
    with collector(tmp_path, "imuxsock", given, path=log) as found:
        send(f"unix:{log}", messages)

        entries = found.understood(len(messages))

    assert [(entry["app"], entry["process"]) for entry in entries] == [
        ("nmapwatchd", "4711") for _ in messages
    ]
    for entry, message in zip(entries, messages, strict=True):
        assert entry["said"].removeprefix(" ").startswith(sentence(message))
