"""A real rsyslogd understands what is sent to it over TCP and TLS, whatever was observed."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nmapwatchd.core.alert import Alert, Message
from nmapwatchd.sinks import syslog_stream as module
from nmapwatchd.sinks.sink import Sink, SinkError
from nmapwatchd.sinks.syslog_stream import octet_counted, terminated
from tests.formats.messages import BLIND, CLOSED, OPENED
from tests.sinks.building import PLAIN, assert_understood, hostile, send, syslog_sink
from tests.sinks.certificates import Authority, encrypt
from tests.sinks.collector import LOOPBACK, TCP, Collector, collector, tls


@pytest.fixture
def tcp(tmp_path: Path) -> Iterator[Collector]:
    with collector(tmp_path, "imtcp", TCP) as found:
        yield found


@pytest.mark.parametrize("messages", [PLAIN, hostile()], ids=["plain", "hostile"])
def test_over_tcp_each_message_is_understood(tcp: Collector, messages: list[Message]) -> None:
    send(f"tcp://{LOOPBACK}:{tcp.port}", messages)

    entries = tcp.understood(len(messages))
    assert len(entries) == len(messages)
    for entry, message in zip(entries, messages, strict=True):
        assert_understood(entry, message)


def test_over_tls_each_message_is_understood(tmp_path: Path) -> None:
    given, authority = tls(tmp_path)
    messages = [*PLAIN, *hostile()]
    with collector(tmp_path, "imtcp", given) as found:
        send(f"tls://{LOOPBACK}:{found.port}", messages, ca_file=str(authority.file))

        entries = found.understood(len(messages))

    assert len(entries) == len(messages)
    for entry, message in zip(entries, messages, strict=True):
        assert_understood(entry, message)


def test_a_collector_of_an_unknown_authority_receives_nothing(tmp_path: Path) -> None:
    given, authority = tls(tmp_path)
    stranger = Authority(tmp_path, "stranger").begin()
    with collector(tmp_path, "imtcp", given) as found:
        url = f"tls://{LOOPBACK}:{found.port}"

        with pytest.raises(SinkError, match="certificate verify failed"):
            send(url, PLAIN, ca_file=str(stranger.file))
        with pytest.raises(SinkError, match="certificate verify failed"):
            send(url, PLAIN)
        send(url, [BLIND], ca_file=str(authority.file))

        assert [entry["id"] for entry in found.understood(1)] == ["sensor-blind"]


def test_a_collector_of_another_name_receives_nothing(tmp_path: Path) -> None:
    given, authority = tls(tmp_path)
    with collector(tmp_path, "imtcp", given) as found:
        url = f"tls://localhost:{found.port}"

        with pytest.raises(SinkError, match="localhost"):
            send(url, PLAIN, ca_file=str(authority.file))


def test_a_collector_that_requires_a_certificate_receives_it(tmp_path: Path) -> None:
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
        with pytest.raises(SinkError, match="passphrase_file is not set"):
            send(url, [OPENED], **files)

        send(url, [OPENED], **files, passphrase_file="credential:phrase")  # noqa: S106

        assert [entry["id"] for entry in found.understood(1)] == ["scan-opened"]


def test_a_refusal_of_the_collector_is_an_error(tmp_path: Path) -> None:
    given, authority = tls(tmp_path, "x509/certvalid")
    with collector(tmp_path, "imtcp", given) as found:
        url = f"tls://{LOOPBACK}:{found.port}"

        with pytest.raises(SinkError):
            send(url, [OPENED], ca_file=str(authority.file))


def test_a_port_without_a_listener_is_an_error(tcp: Collector) -> None:
    tcp.kill()

    with pytest.raises(SinkError, match="Connection refused"):
        send(f"tcp://{LOOPBACK}:{tcp.port}", PLAIN)


def test_frames_are_counted_in_octets_not_characters(tcp: Collector) -> None:
    wide: Alert = replace(OPENED, expected="日本語" * 10)

    send(f"tcp://{LOOPBACK}:{tcp.port}", [wide, CLOSED])

    assert [entry["id"] for entry in tcp.understood(2)] == ["scan-opened", "scan-closed"]


def test_a_collector_that_does_not_read_blocks_for_its_timeout_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_TIMEOUT", 0.5)
    with socket.create_server((LOOPBACK, 0)) as silent:
        url = f"tcp://{LOOPBACK}:{silent.getsockname()[1]}"
        sink = syslog_sink(url)
        sink.open()

        with pytest.raises(SinkError, match="timed out"):
            send_many(sink)
        sink.close()


def send_many(sink: Sink) -> None:
    for _ in range(100_000):  # more than both kernels keep
        sink.send(CLOSED)


def test_a_sink_that_is_not_open_reports_it() -> None:
    with pytest.raises(SinkError, match=r"^tcp://host:601: not open$"):
        syslog_sink("tcp://host:601").send(OPENED)


def test_a_server_that_sends_data_is_not_a_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REFUSAL_WAIT", 2000)
    monkeypatch.setattr(module, "_MAXIMUM_RECEIVED", 10)
    with socket.create_server((LOOPBACK, 0)) as server:
        sink = syslog_sink(f"tcp://{LOOPBACK}:{server.getsockname()[1]}")
        thread = threading.Thread(target=lambda: server.accept()[0].sendall(b"x" * 11))
        thread.start()

        with pytest.raises(SinkError, match="sends data, so it is not a syslog collector"):
            sink.open()
        thread.join()


def test_a_connection_that_the_collector_closed_is_detected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_REFUSAL_WAIT", 0)
    with socket.create_server((LOOPBACK, 0)) as server:
        sink = syslog_sink(f"tcp://{LOOPBACK}:{server.getsockname()[1]}")
        sink.open()
        accepted, _ = server.accept()
        sink.send(OPENED)
        accepted.recv(65_536)
        accepted.close()

        with pytest.raises(SinkError, match="the collector closed the connection"):
            send_many(sink)
        sink.close()


def test_a_frame_is_a_length_or_a_newline() -> None:
    assert octet_counted("<28>日".encode()) == "7 <28>日".encode()
    assert terminated(b"<28>a") == b"<28>a\n"
