"""A sink that fails or stalls delays no other, and loses nothing that fits its queue."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from nmapwatchd.core.alert import Message
from nmapwatchd.delivery import worker as module
from nmapwatchd.delivery.worker import DeliveryWorker
from nmapwatchd.sinks.sink import SinkError
from tests.formats.messages import OPENED
from tests.sinks.collector import wait_until


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
    assert log[0] == "error 1; not delivered, tries again"
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

    assert log == ["error; not delivered, tries again", "recorder: delivers again after 1 s"]
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
    assert log == [r"recorder: lost scan-opened 0: TypeError: an\nerror"]


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
