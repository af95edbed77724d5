"""A real rsyslogd understands what is sent to it, whatever was seen."""

import random
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nmapwatchd.core.alert import Alert, Message
from nmapwatchd.sinks.build import syslog_transport
from nmapwatchd.sinks.fields import fields
from nmapwatchd.sinks.outlet import Outlet
from nmapwatchd.sinks.sentence import sentence
from nmapwatchd.sinks.sink import Sink, SinkError
from tests.sinks.certificates import Authority, encrypt
from tests.sinks.collector import (
    LOOPBACK,
    Collector,
    collector,
    listens,
    parameters,
    udp_is_bound,
    wait_until,
)
from tests.sinks.messages import BLIND, CLOSED, NASTY, OPENED, SENSOR, filled

_TCP = 'module(load="imtcp")\n'
_PLAIN: list[Message] = [OPENED, CLOSED, BLIND]


def hostile() -> list[Message]:
    """Return alerts in which every text is one of many that break lines and brackets somewhere."""
    dice = random.Random(5424)  # noqa: S311 - the same texts each time
    alphabet = [*NASTY, "a", "日", "\xff", "\xc3"]
    texts = ["".join(dice.choices(alphabet, k=dice.randrange(1, 200))) for _ in range(100)]
    return [replace(filled(text), event_id=f"{n:032x}") for n, text in enumerate([*NASTY, *texts])]


def tls(folder: Path, mode: str = "anon") -> tuple[str, Authority]:
    """Return rsyslogd's configuration for TLS, and the authority that vouches for it."""
    authority = Authority(folder).begin()
    certificate, key = authority.issue("collector", f"IP:{LOOPBACK}")
    given = (
        f'global(defaultNetstreamDriver="gtls" defaultNetstreamDriverCAFile="{authority.file}"'
        f' defaultNetstreamDriverCertFile="{certificate}" defaultNetstreamDriverKeyFile="{key}")\n'
        f'module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1"'
        f' streamDriver.authMode="{mode}")\n'
    )
    return given, authority


@pytest.fixture
def udp(tmp_path: Path) -> Iterator[Collector]:
    (tmp_path / "udp").mkdir()
    with collector(tmp_path / "udp", "imudp", 'module(load="imudp")\n', socket.SOCK_DGRAM) as found:
        yield found


@pytest.fixture
def tcp(tmp_path: Path) -> Iterator[Collector]:
    with collector(tmp_path, "imtcp", _TCP) as found:
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


@pytest.mark.parametrize("secure", [False, True], ids=["tcp", "tls"])
def test_what_a_collector_never_read_is_sent_again(tmp_path: Path, secure: bool) -> None:
    given, authority = tls(tmp_path) if secure else (_TCP, None)
    certificates: dict[str, Any] = {"ca_file": str(authority.file)} if authority else {}
    before, unread, after = ([replace(OPENED, event_id=f"{n:032x}")] for n in range(3))
    with collector(tmp_path, "imtcp", given) as found:
        url = f"{'tls' if secure else 'tcp'}://{LOOPBACK}:{found.port}"
        outlet = Outlet(syslog_transport(url, SENSOR, **certificates), lambda _: None)
        outlet.put(*before)
        found.understood(1)
        found.stop()
        outlet.put(*unread)
        wait_until(lambda: outlet.delivered == 2)
        found.kill()
        found.start(listens(found.port))

        outlet.put(*after)

        wait_until(lambda: received(found) == {m.event_id for m in before + unread + after})
        outlet.close(10)


@pytest.mark.parametrize("secure", [False, True], ids=["tcp", "tls"])
def test_a_collector_killed_again_and_again_misses_nothing(tmp_path: Path, secure: bool) -> None:
    given, authority = tls(tmp_path) if secure else (_TCP, None)
    certificates: dict[str, Any] = {"ca_file": str(authority.file)} if authority else {}
    sent = [replace(OPENED, event_id=f"{n:032x}") for n in range(600)]
    with collector(tmp_path, "imtcp", given) as found:
        url = f"{'tls' if secure else 'tcp'}://{LOOPBACK}:{found.port}"
        outlet = Outlet(syslog_transport(url, SENSOR, **certificates), lambda _: None)
        for number, message in enumerate(sent):
            outlet.put(message)
            if number % 150 == 75:
                found.kill()
                found.start(listens(found.port))
        left = outlet.close(30)

        wait_until(lambda: received(found) == {m.event_id for m in sent})

    assert (left, outlet.lost, outlet.delivered) == (0, 0, 600)


@pytest.mark.parametrize("secure", [False, True], ids=["tcp", "tls"])
def test_what_a_collector_left_unread_for_long_is_sent_again(
    tmp_path: Path, secure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmapwatchd.sinks.outlet._QUIET", 0.2)
    monkeypatch.setattr("nmapwatchd.sinks.stream._READING", 1)
    monkeypatch.setattr("nmapwatchd.sinks.stream._PATIENCE", 1)
    given, authority = tls(tmp_path) if secure else (_TCP, None)
    certificates: dict[str, Any] = {"ca_file": str(authority.file)} if authority else {}
    sent = [replace(OPENED, event_id=f"{n:032x}") for n in range(20)]
    done = list[Message]()
    with collector(tmp_path, "imtcp", given) as found:
        url = f"{'tls' if secure else 'tcp'}://{LOOPBACK}:{found.port}"
        outlet = Outlet(syslog_transport(url, SENSOR, **certificates), lambda _: None, done.append)
        outlet.put(sent[0])
        wait_until(lambda: len(done) == 1)
        found.stop()
        for message in sent[1:]:
            outlet.put(message)
        wait_until(lambda: outlet.fault != "")
        unread = len(done)
        found.kill()
        found.start(listens(found.port))

        wait_until(lambda: len(done) == len(sent))

        assert unread == 1
        assert received(found) == {m.event_id for m in sent}
        outlet.close(5)


@pytest.mark.parametrize("secure", [False, True], ids=["tcp", "tls"])
def test_what_a_collector_has_read_is_confirmed_and_not_sent_again(
    tmp_path: Path, secure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmapwatchd.sinks.outlet._QUIET", 0.1)
    given, authority = tls(tmp_path) if secure else (_TCP, None)
    certificates: dict[str, Any] = {"ca_file": str(authority.file)} if authority else {}
    said, done = list[str](), list[Message]()
    with collector(tmp_path, "imtcp", given) as found:
        url = f"{'tls' if secure else 'tcp'}://{LOOPBACK}:{found.port}"
        outlet = Outlet(syslog_transport(url, SENSOR, **certificates), said.append, done.append)

        for number, message in enumerate(_PLAIN, 1):
            outlet.put(message)
            wait_until(lambda: len(done) == number)  # noqa: B023 - it is used at once
        outlet.close(5)

        assert [entry["id"] for entry in found.understood(3)] == [m.action for m in _PLAIN]
    assert (done, said) == (_PLAIN, [])


def received(found: Collector) -> set[str]:
    """Return the ids of what is written down; a kill may tear a line."""
    torn_apart = found.output.read_text("utf-8") if found.output.exists() else ""
    marks = torn_apart.split(r"event_id=\"")[1:]
    return {mark[:32] for mark in marks}


def test_a_collector_that_does_not_read_does_not_hold_us_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nmapwatchd.sinks.stream._PATIENCE", 0.5)
    with socket.create_server((LOOPBACK, 0)) as deaf:
        url = f"tcp://{LOOPBACK}:{deaf.getsockname()[1]}"
        sink = syslog_transport(url, SENSOR)
        sink.open()

        with pytest.raises(SinkError, match="timed out"):
            send_many(sink)
        sink.close()


def send_many(sink: Sink) -> None:
    for _ in range(100_000):  # more than both kernels keep
        sink.send(CLOSED)


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


def test_a_udp_collector_that_comes_back_is_told_again(udp: Collector) -> None:
    outlet = Outlet(syslog_transport(f"udp://{LOOPBACK}:{udp.port}", SENSOR), lambda _: None)
    udp.kill()
    outlet.put(OPENED)
    wait_until(lambda: outlet.fault != "")

    udp.start(udp_is_bound(udp.port))

    assert [entry["id"] for entry in udp.understood(1)] == ["scan-opened"]
    assert outlet.close(5) == 0
