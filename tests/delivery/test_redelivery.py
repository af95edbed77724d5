"""Messages that a real rsyslogd had not read when it died or stalled are sent again."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from nmapwatchd.core.alert import Message
from nmapwatchd.delivery.worker import DeliveryWorker
from nmapwatchd.sinks.sink import Sink
from tests.formats.messages import BLIND, CLOSED, OPENED
from tests.sinks.building import syslog_sink
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

SENT: list[Message] = [OPENED, CLOSED, BLIND]


@contextmanager
def listening(folder: Path, secure: bool) -> Iterator[tuple[Collector, Sink]]:
    """Run a collector; yield it and a sink for it."""
    given, authority = tls(folder) if secure else (TCP, None)
    with collector(folder, "imtcp", given) as found:
        where = f"{LOOPBACK}:{found.port}"
        if authority is None:
            yield found, syslog_sink(f"tcp://{where}")
        else:
            yield found, syslog_sink(f"tls://{where}", ca_file=str(authority.file))


@pytest.mark.parametrize("secure", [False, True], ids=["tcp", "tls"])
def test_messages_that_a_collector_never_read_are_sent_again(tmp_path: Path, secure: bool) -> None:
    before, unread, after = ([replace(OPENED, scan_id=f"{n:032x}")] for n in range(3))
    with listening(tmp_path, secure) as (found, sink):
        worker = DeliveryWorker(sink, lambda _: None)
        worker.put(*before)
        found.understood(1)
        found.stop()
        worker.put(*unread)
        wait_until(lambda: worker.delivered == 2)
        found.kill()
        found.start(listens(found.port))

        worker.put(*after)

        wait_until(lambda: found.event_ids() == {m.scan_id for m in before + unread + after})
        worker.close(10)


@pytest.mark.parametrize("secure", [False, True], ids=["tcp", "tls"])
def test_a_collector_killed_repeatedly_misses_nothing(tmp_path: Path, secure: bool) -> None:
    sent = [replace(OPENED, scan_id=f"{n:032x}") for n in range(600)]
    with listening(tmp_path, secure) as (found, sink):
        worker = DeliveryWorker(sink, lambda _: None)
        for number, message in enumerate(sent):
            worker.put(message)
            if number % 150 == 75:
                found.kill()
                found.start(listens(found.port))
        left = worker.close(30)

        wait_until(lambda: found.event_ids() == {m.scan_id for m in sent})

    assert (left, worker.lost, worker.delivered) == (0, 0, 600)


@pytest.mark.parametrize("secure", [False, True], ids=["tcp", "tls"])
def test_messages_left_unread_for_long_are_sent_again(
    tmp_path: Path, secure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmapwatchd.delivery.worker._CONFIRM_AFTER", 0.2)
    monkeypatch.setattr("nmapwatchd.sinks.syslog_stream._CONFIRM_TIMEOUT", 1)
    monkeypatch.setattr("nmapwatchd.sinks.syslog_stream._TIMEOUT", 1)
    sent = [replace(OPENED, scan_id=f"{n:032x}") for n in range(20)]
    confirmed = list[Message]()
    with listening(tmp_path, secure) as (found, sink):
        worker = DeliveryWorker(sink, lambda _: None, confirmed.append)
        worker.put(sent[0])
        wait_until(lambda: len(confirmed) == 1)
        found.stop()
        for message in sent[1:]:
            worker.put(message)
        wait_until(lambda: worker.error != "")
        unread = len(confirmed)
        found.kill()
        found.start(listens(found.port))

        wait_until(lambda: len(confirmed) == len(sent))

        assert unread == 1
        assert found.event_ids() == {m.scan_id for m in sent}
        worker.close(5)


@pytest.mark.parametrize("secure", [False, True], ids=["tcp", "tls"])
def test_messages_that_were_read_are_confirmed_and_not_sent_again(
    tmp_path: Path, secure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmapwatchd.delivery.worker._CONFIRM_AFTER", 0.1)
    log, confirmed = list[str](), list[Message]()
    with listening(tmp_path, secure) as (found, sink):
        worker = DeliveryWorker(sink, log.append, confirmed.append)

        for number, message in enumerate(SENT, 1):
            worker.put(message)
            wait_until(lambda: len(confirmed) == number)  # noqa: B023 - it is used at once
        worker.close(5)

        assert [entry["id"] for entry in found.understood(3)] == [m.action for m in SENT]
    assert (confirmed, log) == (SENT, [])


def test_a_udp_collector_that_comes_back_receives_the_message(tmp_path: Path) -> None:
    with collector(tmp_path, "imudp", 'module(load="imudp")\n', socket.SOCK_DGRAM) as udp:
        worker = DeliveryWorker(syslog_sink(f"udp://{LOOPBACK}:{udp.port}"), lambda _: None)
        udp.kill()
        worker.put(OPENED)
        wait_until(lambda: worker.error != "")

        udp.start(udp_is_bound(udp.port))

        assert [entry["id"] for entry in udp.understood(1)] == ["scan-opened"]
        assert worker.close(5) == 0
