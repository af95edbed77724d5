"""What a real rsyslogd had not read when it died or stood still is sent again."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from nmapwatchd.core.alert import Message
from nmapwatchd.delivery.worker import DeliveryWorker
from nmapwatchd.sinks.factory import syslog_transport
from nmapwatchd.sinks.sink import Sink, SinkError
from tests.formats.messages import BLIND, CLOSED, OPENED, SENSOR
from tests.sinks.collector import (
    LOOPBACK,
    TCP,
    Collector,
    collector,
    listens,
    tls,
    udp_is_bound,
    wait_until,
)

SAID: list[Message] = [OPENED, CLOSED, BLIND]


@contextmanager
def listening(folder: Path, secure: bool) -> Iterator[tuple[Collector, Sink]]:
    """Run a collector; give it and the sink for it."""
    given, authority = tls(folder) if secure else (TCP, None)
    with collector(folder, "imtcp", given) as found:
        where = f"{LOOPBACK}:{found.port}"
        if authority is None:
            yield found, syslog_transport(f"tcp://{where}", SENSOR)
        else:
            yield found, syslog_transport(f"tls://{where}", SENSOR, ca_file=str(authority.file))


@pytest.mark.parametrize("secure", [False, True], ids=["tcp", "tls"])
def test_what_a_collector_never_read_is_sent_again(tmp_path: Path, secure: bool) -> None:
    before, unread, after = ([replace(OPENED, scan_id=f"{n:032x}")] for n in range(3))
    with listening(tmp_path, secure) as (found, sink):
        outlet = DeliveryWorker(sink, lambda _: None)
        outlet.put(*before)
        found.understood(1)
        found.stop()
        outlet.put(*unread)
        wait_until(lambda: outlet.delivered == 2)
        found.kill()
        found.start(listens(found.port))

        outlet.put(*after)

        wait_until(lambda: found.event_ids() == {m.scan_id for m in before + unread + after})
        outlet.close(10)


@pytest.mark.parametrize("secure", [False, True], ids=["tcp", "tls"])
def test_a_collector_killed_again_and_again_misses_nothing(tmp_path: Path, secure: bool) -> None:
    sent = [replace(OPENED, scan_id=f"{n:032x}") for n in range(600)]
    with listening(tmp_path, secure) as (found, sink):
        outlet = DeliveryWorker(sink, lambda _: None)
        for number, message in enumerate(sent):
            outlet.put(message)
            if number % 150 == 75:
                found.kill()
                found.start(listens(found.port))
        left = outlet.close(30)

        wait_until(lambda: found.event_ids() == {m.scan_id for m in sent})

    assert (left, outlet.lost, outlet.delivered) == (0, 0, 600)


@pytest.mark.parametrize("secure", [False, True], ids=["tcp", "tls"])
def test_what_a_collector_left_unread_for_long_is_sent_again(
    tmp_path: Path, secure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmapwatchd.delivery.worker._QUIET", 0.2)
    monkeypatch.setattr("nmapwatchd.sinks.syslog_stream._READING", 1)
    monkeypatch.setattr("nmapwatchd.sinks.syslog_stream._PATIENCE", 1)
    sent = [replace(OPENED, scan_id=f"{n:032x}") for n in range(20)]
    done = list[Message]()
    with listening(tmp_path, secure) as (found, sink):
        outlet = DeliveryWorker(sink, lambda _: None, done.append)
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
        assert found.event_ids() == {m.scan_id for m in sent}
        outlet.close(5)


@pytest.mark.parametrize("secure", [False, True], ids=["tcp", "tls"])
def test_what_a_collector_has_read_is_confirmed_and_not_sent_again(
    tmp_path: Path, secure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmapwatchd.delivery.worker._QUIET", 0.1)
    said, done = list[str](), list[Message]()
    with listening(tmp_path, secure) as (found, sink):
        outlet = DeliveryWorker(sink, said.append, done.append)

        for number, message in enumerate(SAID, 1):
            outlet.put(message)
            wait_until(lambda: len(done) == number)  # noqa: B023 - it is used at once
        outlet.close(5)

        assert [entry["id"] for entry in found.understood(3)] == [m.action for m in SAID]
    assert (done, said) == (SAID, [])


def test_a_collector_that_does_not_read_does_not_hold_us_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nmapwatchd.sinks.syslog_stream._PATIENCE", 0.5)
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


def test_a_udp_collector_that_comes_back_is_told_again(tmp_path: Path) -> None:
    with collector(tmp_path, "imudp", 'module(load="imudp")\n', socket.SOCK_DGRAM) as udp:
        outlet = DeliveryWorker(
            syslog_transport(f"udp://{LOOPBACK}:{udp.port}", SENSOR), lambda _: None
        )
        udp.kill()
        outlet.put(OPENED)
        wait_until(lambda: outlet.fault != "")

        udp.start(udp_is_bound(udp.port))

        assert [entry["id"] for entry in udp.understood(1)] == ["scan-opened"]
        assert outlet.close(5) == 0
