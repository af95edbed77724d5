"""An interface is captured by one pipeline after the other, and its outages are reported."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

import pytest

from nmapwatchd.capture import supervisor as module
from nmapwatchd.capture.interface_source import InterfaceSource
from nmapwatchd.capture.link import LinkState
from nmapwatchd.capture.stats import CaptureStats
from nmapwatchd.capture.supervisor import LATE_SECONDS, InterfaceSupervisor
from nmapwatchd.child.protocol import Sampled
from nmapwatchd.core.observation import Observation
from nmapwatchd.core.shedding import ShedSources
from nmapwatchd.errors import CaptureError
from nmapwatchd.filters.wrappings import ALL
from tests.building import observation


class Health:
    """Set by a test; good at first."""

    def __init__(self) -> None:
        self.is_flowing = self.has_caught_up = True
        self.is_lagging = self.has_grown = False
        self.lag = 0.0
        self.message = ""

    def error(self) -> str:
        return self.message


class Pipeline:
    """A pipeline that opens and ends when a test has it so; no real one can be held so still."""

    made: list["Pipeline"]

    def __init__(self, source: InterfaceSource, filters: Any, _tshark_install: Any) -> None:
        self.filters = filters
        self.predecessor = self.made[-1] if source._predecessor is not None else None
        self.health = Health()
        self.opened, self.ended = asyncio.Event(), asyncio.Event()
        self.is_read = self.was_abandoned = self.was_killed = False
        self.drains = True  # ends when it is replaced
        self.refusal = ""
        self.counts, self.last_error = CaptureStats(), "it ended"
        self.observation_count = 0
        self.pids = (1, 2)
        self.batches: list[list[Observation]] = [[]]
        self.shed_sources: list[ShedSources] = []
        self.made.append(self)

    async def open(self) -> None:
        await self.opened.wait()
        if self.refusal:
            raise CaptureError(self.refusal)

    async def prepare(self) -> None:
        await self.open()

    def take_over(self, shed: ShedSources) -> None:
        assert self.predecessor is not None
        if self.predecessor.drains:
            self.predecessor.ended.set()
        self.shed(shed)

    async def observations(self) -> AsyncIterator[list[Observation]]:
        self.is_read = not self.ended.is_set()
        for batch in self.batches:
            yield batch
        await self.ended.wait()
        self.is_read = False

    async def finish(self) -> None:
        self.ended.set()

    async def stop(self) -> None:
        self.ended.set()

    def abandon(self) -> None:
        self.was_abandoned = True
        self.ended.set()

    def kill(self) -> None:
        self.was_killed = True
        self.ended.set()

    def shed(self, sources: ShedSources) -> None:
        self.shed_sources.append(sources)


async def settled() -> None:
    """Let everything happen that can."""
    for _ in range(20):
        await asyncio.sleep(0)


class Filters(str):
    """Filters that look into everything."""

    __slots__ = ()
    wrappings = ALL


class Sensor:
    """A supervisor, what it has made, seen and reported, and its interface's link."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pipelines = Pipeline.made = []
        self.link = LinkState(7, "")
        self.reports: list[tuple[str, ...]] = []
        self.observed: list[int] = []
        monkeypatch.setattr(module, "CapturePipeline", Pipeline)
        monkeypatch.setattr(module, "link_state", lambda _interface: self.link)
        self.supervisor = InterfaceSupervisor(
            "eth0", *cast(Any, (Filters("the old filters"), None)), observe=self._observe,
            on_blind=lambda *given: self.reports.append(("blind", *given)),
            on_recovered=lambda *given: self.reports.append(("recovered", *given)),
            on_top_talker=lambda _: None,
            on_limited=lambda *given: self.reports.append(("limited", *given)),
        )  # fmt: skip

    def _observe(self, seen: Observation) -> None:
        self.observed.append(seen.destination_port)

    async def opened(self) -> InterfaceSupervisor:
        self.pipelines[0].opened.set()
        await self.supervisor.open()
        await settled()
        return self.supervisor

    @property
    def read(self) -> list[Pipeline]:
        return [pipeline for pipeline in self.pipelines if pipeline.is_read]

    @property
    def living(self) -> list[Pipeline]:
        return [pipeline for pipeline in self.pipelines if not pipeline.ended.is_set()]


def running(
    monkeypatch: pytest.MonkeyPatch, scenario: Callable[[Sensor], Awaitable[None]]
) -> Sensor:
    """Run a scenario with a supervisor that has opened its interface, and close it."""

    async def run() -> Sensor:
        sensor = Sensor(monkeypatch)
        await sensor.opened()
        await scenario(sensor)
        await sensor.supervisor.close()
        return sensor

    return asyncio.run(run())


@pytest.mark.parametrize("first", [1, 2], ids=["the replacement", "the one after the end"])
def test_a_pipeline_that_ends_while_it_is_replaced_has_one_successor(
    monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    async def both(sensor: Sensor) -> None:
        replacing = asyncio.create_task(sensor.supervisor.replace())
        await settled()
        sensor.pipelines[0].ended.set()
        await settled()
        for number in (first, 3 - first):
            sensor.pipelines[number].opened.set()
            await settled()
        with pytest.raises(CaptureError, match="it ended"):
            await replacing
        await settled()

        assert len(sensor.read) == 1
        assert sensor.read == sensor.living

    running(monkeypatch, both)


def test_filters_that_change_during_an_outage_are_those_of_the_next_pipeline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def changed(sensor: Sensor) -> None:
        sensor.pipelines[0].ended.set()
        await settled()
        await sensor.supervisor.replace(cast(Any, Filters("the new filters")))
        sensor.pipelines[1].opened.set()  # it was on its way, with the old ones
        await settled()
        sensor.pipelines[2].opened.set()
        await settled()

        assert [pipeline.filters for pipeline in sensor.read] == ["the new filters"]

    running(monkeypatch, changed)


def test_candidates_are_observed_and_one_that_fails_is_undecodable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def observed(sensor: Sensor) -> None:
        def fail(_seen: Observation) -> None:
            raise KeyError

        sensor.pipelines[0].opened.set()
        sensor.pipelines[0].batches = [
            [observation(destination_port=1), observation(destination_port=2)]
        ]
        await sensor.supervisor.open()
        await settled()
        assert sensor.observed == [1, 2]
        sensor.supervisor._barrier._observe = fail
        sensor.supervisor._barrier.observe(observation())
        assert sensor.supervisor.counts.undecodable == 1
        await sensor.supervisor.close()

    async def run() -> None:
        await observed(Sensor(monkeypatch))

    asyncio.run(run())


def test_what_pipelines_counted_is_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def counted(sensor: Sensor) -> None:
        old = sensor.pipelines[0]
        old.counts, old.drains = CaptureStats(10, 1), False
        replacing = asyncio.create_task(sensor.supervisor.replace())
        await settled()
        new = sensor.pipelines[1]
        new.counts = CaptureStats(5, 2)
        new.opened.set()
        await replacing
        assert sensor.supervisor.counts == CaptureStats(15, 3)  # while the old one drains
        old.ended.set()
        await settled()
        assert sensor.supervisor.counts == CaptureStats(15, 3)
        assert sensor.supervisor.tshark_restarts == 1

    running(monkeypatch, counted)


def test_what_is_shed_is_shed_by_each_successor(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = ShedSources(("10.0.0.9",))

    async def shed(sensor: Sensor) -> None:
        sensor.supervisor.shed(sources)
        replacing = asyncio.create_task(sensor.supervisor.replace())
        await settled()
        sensor.pipelines[1].opened.set()
        await replacing
        await settled()
        sensor.pipelines[1].ended.set()
        await settled()
        sensor.pipelines[2].opened.set()
        await settled()

    sensor = running(monkeypatch, shed)
    assert [pipeline.shed_sources for pipeline in sensor.pipelines] == [[sources]] * 3


def test_an_end_is_an_outage_until_something_comes_through_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def ended(sensor: Sensor) -> None:
        supervisor = sensor.supervisor
        sensor.pipelines[0].ended.set()
        await settled()
        assert sensor.reports == [("blind", "eth0", "it ended")]
        await supervisor.poll()
        sensor.pipelines[1].health.is_flowing = False
        sensor.pipelines[1].opened.set()
        await settled()
        await supervisor.poll()
        assert not supervisor.is_flowing
        assert not supervisor.is_capturing
        sensor.pipelines[1].health.is_flowing = True
        await supervisor.poll()
        assert supervisor.is_flowing
        assert supervisor.is_capturing

    sensor = running(monkeypatch, ended)
    assert sensor.reports[1:] == [("recovered", "eth0", "was blind for 0 s (it ended)")]


def test_an_interface_that_is_absent_at_first_is_captured_when_it_appears(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "ABSENT_POLL_SECONDS", 0.0)

    async def run() -> Sensor:
        sensor = Sensor(monkeypatch)
        sensor.link = LinkState(0, "there is no such interface")
        supervisor = await sensor.opened()
        assert sensor.reports == []
        assert (supervisor.is_capturing, supervisor.is_flowing) == (False, False)
        assert supervisor.outage_reason == "there is no such interface"
        await supervisor.poll()
        assert sensor.reports == [("blind", "eth0", "there is no such interface")]
        assert len(sensor.pipelines) == 1  # no process is started meanwhile
        sensor.link = LinkState(8, "the interface is down")
        await settled()
        assert len(sensor.pipelines) == 1
        assert supervisor.outage_reason == "the interface is down"
        sensor.link = LinkState(8, "")
        await settled()
        sensor.pipelines[1].opened.set()
        await settled()
        await supervisor.poll()
        assert supervisor.is_capturing
        assert supervisor.outage_reason == ""
        await supervisor.close()
        return sensor

    sensor = asyncio.run(run())
    recovered = "was blind for 0 s (there is no such interface)"
    assert sensor.reports[1:] == [("recovered", "eth0", recovered)]
    assert sensor.pipelines[0].ended.is_set()
    assert sensor.living == []


def test_an_interface_that_cannot_be_opened_at_first_is_retried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def run() -> Sensor:
        sensor = Sensor(monkeypatch)
        sensor.pipelines[0].refusal = "eth0: no"
        supervisor = await sensor.opened()
        await supervisor.poll()
        sensor.pipelines[1].opened.set()
        await settled()
        await supervisor.poll()
        assert supervisor.is_capturing
        await supervisor.close()
        return sensor

    reports = asyncio.run(run()).reports
    assert [report[:1] for report in reports] == [("blind",), ("recovered",)]
    assert reports[0] == ("blind", "eth0", "eth0: no")


def test_an_interface_that_cannot_be_opened_is_retried(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "INITIAL_BACKOFF", 0.001)

    async def refused(sensor: Sensor) -> None:
        sensor.pipelines[0].ended.set()
        await settled()
        for number in (1, 2):
            sensor.pipelines[number].refusal = "eth0: no"
            sensor.pipelines[number].opened.set()
            await asyncio.sleep(0.05)
        sensor.pipelines[3].opened.set()
        await settled()

        assert sensor.read == [sensor.pipelines[3]]

    running(monkeypatch, refused)
    assert capsys.readouterr().out.count("still blind, retrying") == 1


def test_a_pipeline_that_is_being_opened_at_the_end_is_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def reopening(sensor: Sensor) -> None:
        sensor.pipelines[0].ended.set()
        await settled()
        assert sensor.living == [sensor.pipelines[1]]

    assert running(monkeypatch, reopening).living == []


def test_frames_that_are_not_inspected_are_reported_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hidden(sensor: Sensor) -> None:
        limitation = sensor.supervisor.limitation
        limitation._clock = iter((0.0, 30.0, 31.0, 32.0)).__next__
        limitation.add(Sampled(50, (("esp", 20),)))
        limitation.add(Sampled(50, (("esp", 20),)))
        await sensor.supervisor.poll()
        await sensor.supervisor.poll()

    sensor = running(monkeypatch, hidden)
    assert sensor.reports == [
        ("limited", "eth0", "40 % of the frames are in ESP, which nmapwatchd does not look into")
    ]


def test_a_link_that_is_down_is_an_outage_and_nothing_is_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def down(sensor: Sensor) -> None:
        sensor.link = LinkState(7, "the interface is down")
        await sensor.supervisor.poll()
        await sensor.supervisor.poll()
        sensor.link = LinkState(7, "")
        await sensor.supervisor.poll()
        assert len(sensor.pipelines) == 1

    sensor = running(monkeypatch, down)
    assert [report[0] for report in sensor.reports] == ["blind", "recovered"]


@pytest.mark.parametrize("cause", ["health", "index"])
def test_what_does_not_work_is_killed_and_reopened(
    monkeypatch: pytest.MonkeyPatch, cause: str
) -> None:
    async def broken(sensor: Sensor) -> None:
        if cause == "health":
            sensor.pipelines[0].health.message = "tshark is stopped"
        else:
            sensor.link = LinkState(8, "")
        await sensor.supervisor.poll()
        assert sensor.pipelines[0].was_killed
        await settled()
        sensor.pipelines[1].opened.set()
        await settled()
        await sensor.supervisor.poll()
        assert sensor.read == [sensor.pipelines[1]]

    sensor = running(monkeypatch, broken)
    assert [report[0] for report in sensor.reports] == ["blind", "recovered"]


def test_a_late_poll_blames_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    async def late(sensor: Sensor) -> None:
        health = sensor.pipelines[0].health
        health.message, health.is_lagging = "the capture process is not responding", True
        sensor.supervisor._polled_at = time.monotonic() - LATE_SECONDS - 1
        await sensor.supervisor.poll()
        assert sensor.reports == []
        await sensor.supervisor.poll()
        assert len(sensor.reports) == 1

    running(monkeypatch, late)


def test_a_lag_is_an_outage_until_it_has_been_caught_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def lagging(sensor: Sensor) -> None:
        health = sensor.pipelines[0].health
        health.is_lagging, health.has_caught_up, health.lag = True, False, 6.4
        await sensor.supervisor.poll()
        health.is_lagging = False
        await sensor.supervisor.poll()
        assert not sensor.supervisor.is_capturing
        health.has_caught_up = True
        await sensor.supervisor.poll()
        assert not sensor.pipelines[0].was_killed

    sensor = running(monkeypatch, lagging)
    reason = "tshark lags by 6 s"
    assert sensor.reports == [
        ("blind", "eth0", reason),
        ("recovered", "eth0", f"was blind for 0 s ({reason})"),
    ]


def test_a_tshark_that_has_grown_is_replaced_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def grown(sensor: Sensor) -> None:
        sensor.pipelines[0].health.has_grown = True
        for _ in range(3):
            await sensor.supervisor.poll()
            await settled()
        assert len(sensor.pipelines) == 2
        sensor.pipelines[1].opened.set()
        await settled()
        await sensor.supervisor.poll()
        assert sensor.read == [sensor.pipelines[1]]

    sensor = running(monkeypatch, grown)
    assert sensor.reports == []
    assert capsys.readouterr().out.count("tshark memory limit reached, replacing it") == 1


def test_a_replacement_that_does_not_start_leaves_the_old_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def failing(sensor: Sensor) -> None:
        sensor.pipelines[0].health.has_grown = True
        await sensor.supervisor.poll()
        await settled()
        sensor.pipelines[1].refusal = "eth0: tshark did not start in time"
        sensor.pipelines[1].opened.set()
        await settled()
        assert sensor.read == sensor.living == [sensor.pipelines[0]]
        sensor.pipelines[0].health.has_grown = False

    running(monkeypatch, failing)
    assert "tshark replacement failed" in capsys.readouterr().out


def test_a_replaced_pipeline_that_does_not_end_is_abandoned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nmapwatchd.capture.draining.DRAIN_SECONDS", 0.01)

    async def stuck(sensor: Sensor) -> None:
        sensor.pipelines[0].drains = False
        replacing = asyncio.create_task(sensor.supervisor.replace())
        await settled()
        sensor.pipelines[1].opened.set()
        await replacing
        sensor.pipelines[0].health.message = "not polled while it drains"
        await sensor.supervisor.poll()
        assert not sensor.pipelines[0].was_abandoned
        await asyncio.sleep(0.02)
        await sensor.supervisor.poll()
        assert sensor.pipelines[0].was_abandoned
        await settled()
        assert sensor.read == sensor.living == [sensor.pipelines[1]]

    assert running(monkeypatch, stuck).reports == []


def test_a_pipeline_that_does_not_finish_is_abandoned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DRAIN_SECONDS", 0.01)

    async def hanging(_sensor: Sensor) -> None:
        monkeypatch.setattr(Pipeline, "finish", lambda _self: asyncio.sleep(0))

    assert running(monkeypatch, hanging).pipelines[0].was_abandoned


def test_the_diagnosis_is_what_has_happened_since(monkeypatch: pytest.MonkeyPatch) -> None:
    async def diagnosed(sensor: Sensor) -> None:
        supervisor, first = sensor.supervisor, sensor.pipelines[0]
        diagnosis = supervisor.diagnosis_since()
        assert diagnosis() == "nothing came from the kernel"
        first.counts = CaptureStats(3)
        assert diagnosis() == "3 frames came from the kernel, and nothing from tshark"
        first.observation_count = 1
        assert diagnosis() == "other candidates were observed, the request was not"

        replacing = asyncio.create_task(supervisor.replace())
        await settled()
        sensor.pipelines[1].opened.set()
        await replacing
        assert diagnosis() == "its tshark was replaced meanwhile"

        sensor.link = LinkState(7, "the interface is down")
        await supervisor.poll()
        assert diagnosis() == "blind: the interface is down"
        sensor.link = LinkState(7, "")
        await settled()
        await supervisor.poll()
        assert diagnosis() == "was blind meanwhile: the interface is down"
        assert supervisor.diagnosis_since()() == "nothing came from the kernel"

    running(monkeypatch, diagnosed)
