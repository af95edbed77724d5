"""A sink that fails or stalls delays nobody and loses nothing that fits."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from nmapwatchd.core.alert import Message
from nmapwatchd.delivery.worker import DeliveryWorker
from nmapwatchd.sinks.sink import SinkError
from tests.formats.messages import OPENED
from tests.sinks.collector import wait_until


@dataclass(slots=True)
class Recorder:
    """A sink that keeps what it is sent, and fails or stalls as it is told."""

    faults: list[Exception] = field(default_factory=list)
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
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append(message)

    def close(self) -> None:
        self.closed += 1


class Confirming(Recorder):
    """One that finds out whether it was read, or fails to."""

    def confirm(self) -> None:
        if self.faults:
            raise self.faults.pop(0)


def numbered(count: int) -> list[Message]:
    return [replace(OPENED, scan_id=str(number)) for number in range(count)]


def ready(faults: int = 0) -> Recorder:
    recorder = Recorder([SinkError(f"fault {number}") for number in range(faults)])
    recorder.gate.set()
    return recorder


def ignore(_text: str) -> None:
    pass


def no_more_than(seconds: float, work: Callable[[], object]) -> bool:
    begun = time.monotonic()
    work()
    return time.monotonic() - begun < seconds


def test_messages_are_delivered_in_order() -> None:
    sink, delivered = ready(), list[Message]()
    outlet = DeliveryWorker(sink, ignore, delivered.append)

    for message in numbered(500):
        outlet.put(message)
    left = outlet.close(10)

    assert (left, outlet.delivered, outlet.lost, outlet.waiting) == (0, 500, 0, 0)
    assert sink.sent == delivered == numbered(500)


def test_a_sink_is_opened_once_and_closed_at_the_end() -> None:
    sink = ready()
    outlet = DeliveryWorker(sink, ignore)
    outlet.put(OPENED)

    outlet.close(10)

    assert (sink.opened, sink.closed) == (1, 1)


def test_a_sink_that_fails_is_opened_anew_and_loses_nothing() -> None:
    sink, said = ready(faults=3), list[str]()
    outlet = DeliveryWorker(sink, said.append)

    for message in numbered(3):
        outlet.put(message)
    wait_until(lambda: outlet.delivered == 3)

    assert sink.sent == numbered(3)
    assert sink.opened == 4
    assert outlet.fault == ""
    assert said[0] == "fault 1; not delivered, tries again"
    assert said[1].startswith("recorder: delivers again after ")
    assert len(said) == 2


def test_how_long_nothing_could_be_confirmed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nmapwatchd.delivery.worker._QUIET", 0.05)
    monkeypatch.setattr("nmapwatchd.delivery.worker._FIRST_PAUSE", 0.4)
    sink, said, delivered = Confirming(), list[str](), list[Message]()
    sink.gate.set()
    outlet = DeliveryWorker(sink, said.append, delivered.append)
    outlet.put(OPENED)
    wait_until(lambda: outlet.delivered == 1)

    sink.faults = [SinkError("fault")] * 2
    wait_until(lambda: delivered != [])

    assert said == ["fault; not delivered, tries again", "recorder: delivers again after 1 s"]
    outlet.close(10)


def test_one_failure_is_mended_without_a_word() -> None:
    sink, said = ready(faults=1), list[str]()
    outlet = DeliveryWorker(sink, said.append)

    outlet.put(OPENED)
    outlet.close(10)

    assert (sink.sent, said) == ([OPENED], [])


def test_a_stalled_sink_never_delays_who_puts() -> None:
    stalled = Recorder()
    outlet = DeliveryWorker(stalled, ignore)

    assert no_more_than(5, lambda: [outlet.put(message) for message in numbered(10_000)])
    stalled.gate.set()


def test_a_stalled_sink_delays_no_other() -> None:
    stalled, healthy = Recorder(), ready()
    first, second = DeliveryWorker(stalled, ignore), DeliveryWorker(healthy, ignore)

    first.put(OPENED)
    second.put(OPENED)
    wait_until(lambda: second.delivered == 1)

    assert (first.delivered, first.waiting) == (0, 1)
    stalled.gate.set()


def test_a_stalled_sink_is_told_from_one_that_fails() -> None:
    stalled, failing = Recorder(), ready(faults=1000)
    first, second = DeliveryWorker(stalled, ignore), DeliveryWorker(failing, ignore)
    first.put(OPENED)
    second.put(OPENED)

    wait_until(lambda: first.stalled_for > 0.5 and second.stalled_for > 0.5)

    assert first.wedged_for > 0.4
    assert second.wedged_for < 0.4
    assert second.fault.startswith("fault ")
    stalled.gate.set()
    failing.faults.clear()


def test_an_idle_outlet_is_not_stalled() -> None:
    outlet = DeliveryWorker(ready(), ignore)
    outlet.put(OPENED)
    wait_until(lambda: outlet.delivered == 1)

    wait_until(lambda: outlet.waiting == 0)

    assert (outlet.stalled_for, outlet.wedged_for) == (0.0, 0.0)


def test_when_it_overflows_the_newest_are_lost_and_counted() -> None:
    sink = Recorder()
    outlet = DeliveryWorker(sink, ignore, maximum=10)
    outlet.put(numbered(1)[0])
    wait_until(lambda: outlet.stalled_for > 0)

    taken = [outlet.put(message) for message in numbered(30)[1:]]
    sink.gate.set()
    outlet.close(10)

    assert taken == [True] * 10 + [False] * 19
    assert (outlet.lost, outlet.delivered) == (19, 11)
    assert sink.sent == numbered(11)


def test_an_overflow_is_said_once_when_it_begins_and_once_when_it_ends() -> None:
    sink, said = Recorder(), list[str]()
    outlet = DeliveryWorker(sink, said.append, maximum=10)
    for message in numbered(30):
        outlet.put(message)

    assert said == ["recorder: 10 messages wait, the next are lost"]
    sink.gate.set()
    wait_until(lambda: outlet.waiting == 0)
    outlet.put(OPENED)
    outlet.put(OPENED)
    assert said[1:] == [f"recorder: {outlet.lost} messages were lost"]


def test_a_close_waits_no_longer_than_it_is_told_and_counts_what_is_left() -> None:
    sink, said, counts = Recorder(), list[str](), list[int]()
    outlet = DeliveryWorker(sink, said.append)
    for message in numbered(5):
        outlet.put(message)

    assert no_more_than(3, lambda: counts.append(outlet.close(0.3)))
    assert (counts, outlet.lost) == ([5], 5)
    assert said == ["recorder: 5 messages were not delivered before the end"]
    sink.gate.set()


def test_a_close_tries_a_failing_sink_until_the_deadline() -> None:
    sink = ready(faults=3)
    outlet = DeliveryWorker(sink, ignore)
    outlet.put(OPENED)

    assert outlet.close(10) == 0
    assert sink.sent == [OPENED]


def test_what_comes_after_the_end_is_lost_and_counted() -> None:
    outlet = DeliveryWorker(ready(), ignore)
    outlet.close(1)

    assert outlet.put(OPENED) is False
    assert outlet.lost == 1


def test_a_fault_of_ours_costs_one_message_not_the_sink() -> None:
    sink, said = ready(), list[str]()
    sink.faults.append(TypeError("a\nfault"))
    outlet = DeliveryWorker(sink, said.append)

    for message in numbered(3):
        outlet.put(message)
    outlet.close(10)

    assert sink.sent == numbered(3)[1:]
    assert (outlet.lost, outlet.delivered) == (1, 2)
    assert said == [r"recorder: scan-opened 0 is lost: TypeError: a\nfault"]
