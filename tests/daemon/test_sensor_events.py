"""Sensor events carry the counters; losses are reported with what is new, once a minute."""

from typing import cast

import pytest

from nmapwatchd.core.alert import Action, SensorEvent
from nmapwatchd.core.counters import Counters
from nmapwatchd.daemon.sensor_events import LOSS_REPORT_SECONDS, SensorEvents
from nmapwatchd.delivery.delivery import Delivery


class Recorder:
    """A delivery that records what is put."""

    def __init__(self) -> None:
        self.losses: dict[str, int] = {}
        self.events: list[SensorEvent] = []

    def put(self, event: SensorEvent) -> None:
        self.events.append(event)

    @property
    def details(self) -> list[tuple[Action, str]]:
        return [(event.action, event.detail) for event in self.events]


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def counters() -> Counters:
    return Counters(frames=5)


@pytest.fixture
def events(recorder: Recorder, counters: Counters) -> SensorEvents:
    """Events of a sensor with two interfaces."""
    return SensorEvents(cast(Delivery, recorder), counters, {"eth0": 0, "eth1": 1}, lambda: None)


def test_an_event_concerns_one_interface_or_all(recorder: Recorder, events: SensorEvents) -> None:
    events.emit(Action.SENSOR_BLIND, "no carrier", "eth1")
    events.emit(Action.SENSOR_HEARTBEAT, "status")

    assert [event.interfaces for event in recorder.events] == [("eth1",), ("eth0", "eth1")]
    assert recorder.details == [
        (Action.SENSOR_BLIND, "no carrier"),
        (Action.SENSOR_HEARTBEAT, "status"),
    ]


def test_thinning_is_reported_when_it_starts_or_grows_and_once_a_minute(
    recorder: Recorder, events: SensorEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    for factor in (1, 16, 16, 256, 16, 1, 16, 16):
        events.report_thinning("eth0", factor)
    now += LOSS_REPORT_SECONDS
    for factor in (1, 16, 16):
        events.report_thinning("eth0", factor)
        events.report_thinning("eth1", factor)

    assert [(event.action, event.interfaces) for event in recorder.events] == [
        (Action.SENSOR_LIMITED, ("eth0",)),
        (Action.SENSOR_LIMITED, ("eth0",)),
        (Action.SENSOR_LIMITED, ("eth0",)),
        (Action.SENSOR_LIMITED, ("eth1",)),
    ]
    assert recorder.events[1].detail == (
        "more frames than it can process: 1 in 256 of those that anyone can forge is inspected, "
        "and all data over TCP. Scans without data may be missed"
    )


def test_thinning_on_trial_is_not_reported(recorder: Recorder, events: SensorEvents) -> None:
    for factor in (1, 4, 1, 1, 16, 1):
        events.report_thinning("eth0", factor)

    assert recorder.events == []


def test_an_event_has_the_counters_of_its_time(
    recorder: Recorder, counters: Counters, events: SensorEvents
) -> None:
    events.emit(Action.SENSOR_HEARTBEAT, "")
    counters.frames = 9

    assert recorder.events[0].counts["frames"] == 5


def test_the_counters_of_an_event_are_read_for_it(recorder: Recorder, counters: Counters) -> None:
    def read() -> None:
        counters.frames = 77

    SensorEvents(cast(Delivery, recorder), counters, ("eth0",), read).emit(
        Action.SENSOR_SHEDDING, "10.0.0.9 floods eth0"
    )

    assert recorder.events[0].counts["frames"] == 77


def test_nothing_lost_is_not_reported(recorder: Recorder, events: SensorEvents) -> None:
    events.report_losses()

    assert recorder.events == []


def test_each_kind_of_loss_is_reported(
    recorder: Recorder, counters: Counters, events: SensorEvents
) -> None:
    counters.kernel_drops, counters.lost_at_handover = 3, 20
    recorder.losses = {"tcp://siem:514": 7}

    events.report_losses()

    assert recorder.details == [
        (Action.SENSOR_DROPPING, "the kernel dropped 3 frames. Scans may be missed"),
        (
            Action.SENSOR_DROPPING,
            "about 20 frames were lost with a tshark that had to be killed. Scans may be missed",
        ),
        (Action.SENSOR_UNDELIVERED, "7 to tcp://siem:514"),
    ]


def test_new_losses_are_reported_by_sink(
    recorder: Recorder, events: SensorEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    for losses in ({"journald": 2, "siem": 5}, {"journald": 2, "siem": 6}, {"siem": 6, "new": 4}):
        recorder.losses = losses
        events.report_losses()
        now += LOSS_REPORT_SECONDS

    assert [detail for _, detail in recorder.details] == [
        "2 to journald, 5 to siem", "1 to siem", "4 to new",
    ]  # fmt: skip


def test_each_table_that_evicted_is_reported_with_what_that_can_cost(
    recorder: Recorder, counters: Counters, events: SensorEvents
) -> None:
    counters.evicted_packets, counters.evicted_frames, counters.evicted_probes = 3, 2, 1
    counters.evicted_uploads, counters.evicted_decoys, counters.evicted_windows = 4, 5, 6

    events.report_losses()
    events.report_losses()

    assert recorder.details == [
        (
            Action.SENSOR_LIMITED,
            "3 packets were evicted from a full table: a scan may be missed",
        ),
        (
            Action.SENSOR_LIMITED,
            "2 frames were evicted from a full table: duplicates may be counted",
        ),
        (
            Action.SENSOR_LIMITED,
            "1 probes were evicted from a full table: a server that echoes may be named",
        ),
        (
            Action.SENSOR_LIMITED,
            "4 uploads were evicted from a full table: a host that relays may be named",
        ),
        (
            Action.SENSOR_LIMITED,
            "5 decoys were evicted from a full table: one scan may be reported as several",
        ),
        (
            Action.SENSOR_LIMITED,
            "6 windows were evicted from a full table: a scan may be missed",
        ),
    ]


def test_a_loss_that_goes_on_is_reported_once_a_minute(
    recorder: Recorder,
    counters: Counters,
    events: SensorEvents,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seconds = iter([1000.0, 1001.0, 1000.0 + LOSS_REPORT_SECONDS])
    monkeypatch.setattr("nmapwatchd.daemon.sensor_events.time.monotonic", lambda: next(seconds))
    for _ in range(3):
        counters.kernel_drops += 2
        events.report_losses()

    assert recorder.details == [
        (Action.SENSOR_DROPPING, "the kernel dropped 2 frames. Scans may be missed"),
        (Action.SENSOR_DROPPING, "the kernel dropped 4 more frames. Scans may be missed"),
    ]
