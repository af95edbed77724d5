"""A sink that fails or stalls delays no other, and loses nothing that fits its queue."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from nmapwatchd.core.alert import Message
from nmapwatchd.delivery import worker as module
from nmapwatchd.delivery.worker import DeliveryWorker
from nmapwatchd.formats.identity import event_id, message_name
from nmapwatchd.sinks.sink import Sink, SinkError
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


@dataclass(slots=True)
class Recorder:
    """A sink that records what it is sent, and fails or stalls on demand."""

    errors: list[Exception] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    sent: list[Message] = field(default_factory=list)
    opened: int = 0
    closed: int = 0

    @property
    def name(self) -> str:
        return "recorder"

    def open(self) -> None:
        self.opened += 1

    def send(self, message: Message) -> None:
        self.gate.wait()
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append(message)

    def close(self) -> None:
        self.closed += 1


class Confirming(Recorder):
    """A sink that confirms, or fails to."""

    def confirm(self) -> None:
        if self.errors:
            raise self.errors.pop(0)


def numbered(count: int) -> list[Message]:
    return [replace(OPENED, scan_id=str(number)) for number in range(count)]


def working(errors: int = 0) -> Recorder:
    recorder = Recorder([SinkError(f"error {number}") for number in range(errors)])
    recorder.gate.set()
    return recorder


def ignore(_text: str) -> None:
    pass


def takes_less_than(seconds: float, work: Callable[[], object]) -> bool:
    start = time.monotonic()
    work()
    return time.monotonic() - start < seconds


def test_messages_are_delivered_in_order() -> None:
    sink, delivered = working(), list[Message]()
    worker = DeliveryWorker(sink, ignore, delivered.append)

    for message in numbered(500):
        worker.put(message)
    left = worker.close(10)

    assert (left, worker.delivered, worker.lost, worker.queued) == (0, 500, 0, 0)
    assert sink.sent == delivered == numbered(500)


def test_a_sink_is_opened_once_and_closed_at_the_end() -> None:
    sink = working()
    worker = DeliveryWorker(sink, ignore)
    worker.put(OPENED)

    worker.close(10)

    assert (sink.opened, sink.closed) == (1, 1)


def test_a_failing_sink_is_reopened_and_loses_nothing() -> None:
    sink, log = working(errors=3), list[str]()
    worker = DeliveryWorker(sink, log.append)

    for message in numbered(3):
        worker.put(message)
    wait_until(lambda: worker.delivered == 3)

    assert sink.sent == numbered(3)
    assert sink.opened == 4
    assert worker.error == ""
    assert log[0] == "error 1; not delivered, retrying"
    assert log[1].startswith("recorder: delivers again after ")
    assert len(log) == 2


def test_the_duration_of_a_failed_confirmation_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nmapwatchd.delivery.worker._CONFIRM_AFTER", 0.05)
    monkeypatch.setattr("nmapwatchd.delivery.worker._INITIAL_BACKOFF", 0.4)
    sink, log, delivered = Confirming(), list[str](), list[Message]()
    sink.gate.set()
    worker = DeliveryWorker(sink, log.append, delivered.append)
    worker.put(OPENED)
    wait_until(lambda: worker.delivered == 1)

    sink.errors = [SinkError("error")] * 2
    wait_until(lambda: delivered != [])

    assert log == ["error; not delivered, retrying", "recorder: delivers again after 1 s"]
    worker.close(10)


def test_one_failure_is_not_logged() -> None:
    sink, log = working(errors=1), list[str]()
    worker = DeliveryWorker(sink, log.append)

    worker.put(OPENED)
    worker.close(10)

    assert (sink.sent, log) == ([OPENED], [])


def test_a_stalled_sink_never_delays_the_caller() -> None:
    stalled = Recorder()
    worker = DeliveryWorker(stalled, ignore)

    assert takes_less_than(5, lambda: [worker.put(message) for message in numbered(10_000)])
    stalled.gate.set()


def test_a_stalled_sink_delays_no_other() -> None:
    stalled, healthy = Recorder(), working()
    first, second = DeliveryWorker(stalled, ignore), DeliveryWorker(healthy, ignore)

    first.put(OPENED)
    second.put(OPENED)
    wait_until(lambda: second.delivered == 1)

    assert (first.delivered, first.queued) == (0, 1)
    stalled.gate.set()


def test_a_stalled_sink_is_distinguished_from_a_failing_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_STALLED_SECONDS", 0.4)
    stalled, failing = Recorder(), working(errors=1000)
    first, second = DeliveryWorker(stalled, ignore), DeliveryWorker(failing, ignore)
    first.put(OPENED)
    second.put(OPENED)

    wait_until(lambda: first.error != "" and second.error != "")

    assert first.error == "recorder: no response for 0 s"
    assert second.error.startswith("error ")
    assert (first.queued, second.queued) == (1, 1)
    stalled.gate.set()
    failing.errors.clear()


def test_an_idle_worker_is_not_stalled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_STALLED_SECONDS", 0.0)
    worker = DeliveryWorker(working(), ignore)
    worker.put(OPENED)
    wait_until(lambda: worker.delivered == 1)

    wait_until(lambda: worker.queued == 0)

    assert worker.error == ""


def test_when_it_overflows_the_newest_are_lost_and_counted() -> None:
    sink = Recorder()
    worker = DeliveryWorker(sink, ignore, maximum=10)
    worker.put(numbered(1)[0])
    wait_until(lambda: sink.opened == 1)

    accepted = [worker.put(message) for message in numbered(30)[1:]]
    sink.gate.set()
    worker.close(10)

    assert accepted == [True] * 10 + [False] * 19
    assert (worker.lost, worker.delivered) == (19, 11)
    assert sink.sent == numbered(11)


def test_the_last_places_are_kept_for_scans_that_are_proven_and_for_the_sensor() -> None:
    sink = Recorder()
    worker = DeliveryWorker(sink, ignore, maximum=16)
    worker.put(BLIND)
    wait_until(lambda: sink.opened == 1)

    unproven = [worker.put(replace(OPENED, caveats=("spoofable",))) for _ in range(16)]
    proven = [worker.put(OPENED) for _ in range(2)]
    sensor = [worker.put(BLIND) for _ in range(2)]
    sink.gate.set()
    worker.close(10)

    assert unproven == [True] * 14 + [False] * 2
    assert proven == sensor == [True, False]


def test_an_overflow_is_logged_once_when_it_starts_and_once_when_it_ends() -> None:
    sink, log = Recorder(), list[str]()
    worker = DeliveryWorker(sink, log.append, maximum=10)
    for message in numbered(30):
        worker.put(message)

    assert log == ["recorder: queue full (10), dropping messages"]
    sink.gate.set()
    wait_until(lambda: worker.queued == 0)
    worker.put(OPENED)
    worker.put(OPENED)
    assert log[1:] == [f"recorder: queue has capacity again, dropped {worker.lost} messages"]


def test_a_close_waits_no_longer_than_its_timeout_and_counts_the_undelivered() -> None:
    sink, log, counts = Recorder(), list[str](), list[int]()
    worker = DeliveryWorker(sink, log.append)
    for message in numbered(5):
        worker.put(message)

    assert takes_less_than(3, lambda: counts.append(worker.close(0.3)))
    assert (counts, worker.lost) == ([5], 5)
    assert log == ["recorder: 5 messages not delivered before shutdown"]
    sink.gate.set()


def test_a_close_tries_a_failing_sink_until_the_deadline() -> None:
    sink = working(errors=3)
    worker = DeliveryWorker(sink, ignore)
    worker.put(OPENED)

    assert worker.close(10) == 0
    assert sink.sent == [OPENED]


def test_messages_after_the_close_are_lost_and_counted() -> None:
    worker = DeliveryWorker(working(), ignore)
    worker.close(1)

    assert worker.put(OPENED) is False
    assert worker.lost == 1


def test_an_internal_error_costs_one_message_not_the_sink() -> None:
    sink, log = working(), list[str]()
    sink.errors.append(TypeError("an\nerror"))
    worker = DeliveryWorker(sink, log.append)

    for message in numbered(3):
        worker.put(message)
    worker.close(10)

    assert sink.sent == numbered(3)[1:]
    assert (worker.lost, worker.delivered) == (1, 2)
    lost = message_name(numbered(1)[0])
    assert log == [rf"recorder: lost {lost}: TypeError: an\nerror"]


def test_unconfirmed_messages_are_sent_again_after_a_failure() -> None:
    sink, delivered = Confirming(), list[Message]()
    sink.gate.set()
    worker = DeliveryWorker(sink, ignore, delivered.append)
    first, second = numbered(2)
    worker.put(first)
    wait_until(lambda: worker.delivered == 1)

    sink.errors = [SinkError("connection reset")]
    worker.put(second)
    wait_until(lambda: worker.delivered == 2)

    assert delivered == []
    assert worker.close(10) == 0
    assert sink.sent == [first, first, second]
    assert delivered == [first, second]


def test_the_number_of_unconfirmed_messages_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAXIMUM_UNCONFIRMED", 3)
    sink, delivered = Confirming(), list[Message]()
    sink.gate.set()
    worker = DeliveryWorker(sink, ignore, delivered.append)

    for message in numbered(7):
        worker.put(message)
    wait_until(lambda: worker.delivered == 7)

    wait_until(lambda: len(delivered) == 6)
    worker.close(10)
    assert delivered == numbered(7)


def test_a_message_does_not_stay_unconfirmed_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAXIMUM_UNCONFIRMED_SECONDS", 0.2)
    sink, delivered = Confirming(), list[Message]()
    sink.gate.set()
    worker = DeliveryWorker(sink, ignore, delivered.append)
    first, second = numbered(2)
    worker.put(first)
    wait_until(lambda: worker.delivered == 1)
    assert delivered == []

    time.sleep(0.3)
    worker.put(second)

    wait_until(lambda: delivered == [first, second])
    worker.close(10)


def test_a_discarded_message_is_reported_in_order_and_not_sent_again() -> None:
    sink, delivered = Confirming(), list[Message]()
    worker = DeliveryWorker(sink, ignore, delivered.append)
    first, second, third = numbered(3)
    sink.errors = [TypeError("cannot be formatted")]
    sink.gate.set()
    for message in (first, second, third):
        worker.put(message)

    assert worker.close(10) == 0

    assert sink.sent == [second, third]
    assert delivered == [first, second, third]
    assert worker.lost == 1


def test_an_error_of_the_listener_is_logged_and_costs_nothing() -> None:
    sink, log = working(), list[str]()

    def fail(_message: Message) -> None:
        raise ValueError("a\nlistener")

    worker = DeliveryWorker(sink, log.append, fail)
    for message in numbered(2):
        worker.put(message)
    worker.close(10)

    assert sink.sent == numbered(2)
    assert log == [r"recorder: ValueError: a\nlistener"] * 2


# With a real rsyslogd.


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

        wait_until(lambda: found.event_ids() == {event_id(m) for m in before + unread + after})
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

        wait_until(lambda: found.event_ids() == {event_id(m) for m in sent})

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
        assert found.event_ids() == {event_id(m) for m in sent}
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
