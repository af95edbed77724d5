"""A real rsyslogd understands each datagram, over UDP and at a local socket."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from nmapwatchd.core.alert import Message
from nmapwatchd.formats.rfc3164 import format_local
from nmapwatchd.sinks.sink import SinkError
from nmapwatchd.sinks.syslog_datagram import SyslogDatagramSink
from tests.formats.messages import OPENED, SENSOR
from tests.sinks.building import PLAIN, assert_understood, hostile, send, sentence, syslog_sink
from tests.sinks.collector import LOOPBACK, Collector, collector


@pytest.fixture
def udp(tmp_path: Path) -> Iterator[Collector]:
    with collector(tmp_path, "imudp", 'module(load="imudp")\n', socket.SOCK_DGRAM) as found:
        yield found


@pytest.mark.parametrize("messages", [PLAIN, hostile()], ids=["plain", "hostile"])
def test_over_udp_each_message_is_understood(udp: Collector, messages: list[Message]) -> None:
    send(f"udp://{LOOPBACK}:{udp.port}", messages)

    entries = udp.understood(len(messages))
    assert len(entries) == len(messages)
    for entry, message in zip(entries, messages, strict=True):
        assert_understood(entry, message)


@pytest.mark.parametrize("messages", [PLAIN, hostile()], ids=["plain", "hostile"])
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
        assert entry["text"].removeprefix(" ").startswith(sentence(message))


def test_a_port_without_a_listener_is_an_error(udp: Collector) -> None:
    udp.kill()

    with pytest.raises(SinkError, match="Connection refused"):
        send(f"udp://{LOOPBACK}:{udp.port}", PLAIN)


def test_a_missing_socket_is_named(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match=rf"^unix:{tmp_path}/log: No such file or directory$"):
        syslog_sink(f"unix:{tmp_path}/log").open()


def test_a_sink_that_is_not_open_reports_it() -> None:
    sink = syslog_sink("udp://host:514")

    with pytest.raises(SinkError, match=r"^udp://host:514: not open$"):
        sink.send(OPENED)


def test_the_destination_is_resolved_at_each_opening(tmp_path: Path) -> None:
    paths = [str(tmp_path / name) for name in ("one", "two")]
    receivers = []
    for path in paths:
        receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        receiver.bind(path)
        receivers.append(receiver)
    remaining = iter(paths)
    sink = SyslogDatagramSink(
        "test", lambda: (socket.AF_UNIX, next(remaining)), SENSOR, format_local
    )

    for receiver in receivers:
        sink.open()
        sink.send(OPENED)
        assert receiver.recv(65_536) == format_local(OPENED, SENSOR)
        receiver.close()
    sink.close()
    sink.close()
