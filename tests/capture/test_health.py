"""A process that lives but does not work is named; lag and growth are measured."""

from collections.abc import Callable

import pytest

from nmapwatchd.capture.health import (
    CAUGHT_UP_SECONDS,
    MAXIMUM_LAG_SECONDS,
    MEMORY_GROWTH,
    REPORT_SECONDS,
    SILENCE_SECONDS,
    PipelineHealth,
)
from nmapwatchd.capture.liveness import START_SECONDS
from tests.capture.test_liveness import ETHERNET, OTHER, Clock, payload

TSHARK = 4711


class Part:
    """A source and a tshark in one."""

    silent_seconds = 0.0
    pid: int | None = TSHARK


class Pipeline:
    """A pipeline's health, with the facts that it depends on."""

    def __init__(self) -> None:
        self.clock, self.part = Clock(), Part()
        self.stopped = set[int]()
        self.memory = 50 << 20
        self.health = PipelineHealth(
            self.part,
            self.part,
            clock=self.clock,
            is_stopped=self.stopped.__contains__,
            private_memory=lambda pid: self.memory if pid == TSHARK else 0,
        )

    def canary_came_out(self, lag: float = 0.0) -> None:
        health = self.health
        assert health.canary.accept(payload(health.canary, self.clock.seconds - lag))
        health.record_output()


def works(_pipeline: Pipeline) -> None:
    """Change nothing."""


def silent_source(pipeline: Pipeline) -> None:
    pipeline.part.silent_seconds = SILENCE_SECONDS + 0.1


def stopped_tshark(pipeline: Pipeline) -> None:
    pipeline.stopped.add(TSHARK)


def tshark_without_output(pipeline: Pipeline) -> None:
    pipeline.clock.seconds += SILENCE_SECONDS + 0.1


def both_silent(pipeline: Pipeline) -> None:
    tshark_without_output(pipeline)
    pipeline.part.silent_seconds = REPORT_SECONDS + 0.1


def silent_and_stopped(pipeline: Pipeline) -> None:
    silent_source(pipeline)
    stopped_tshark(pipeline)


def busy(pipeline: Pipeline) -> None:
    tshark_without_output(pipeline)
    pipeline.health.record_output()


@pytest.mark.parametrize(
    ("cause", "error"),
    [
        (works, ""),
        (silent_source, "the capture process is not responding"),
        (stopped_tshark, "tshark is stopped"),
        (tshark_without_output, "tshark is not responding"),
        (both_silent, ""),  # the capture process may be the cause; soon it is silent for too long
        (silent_and_stopped, "the capture process is not responding"),
        (busy, ""),
    ],
)
def test_what_does_not_work_is_named(cause: Callable[[Pipeline], None], error: str) -> None:
    pipeline = Pipeline()
    pipeline.health.canary.frame(ETHERNET)
    pipeline.canary_came_out(lag=0.1)
    cause(pipeline)

    assert pipeline.health.error() == error


def test_a_tshark_that_does_not_start_is_an_error_in_the_end() -> None:
    pipeline = Pipeline()
    pipeline.health.canary.frame(ETHERNET)
    pipeline.clock.seconds += START_SECONDS
    assert pipeline.health.error() == ""
    assert not pipeline.health.is_flowing

    pipeline.clock.seconds += 0.1
    assert pipeline.health.error() == "tshark did not start in time"


def test_a_tshark_without_a_canary_may_be_silent() -> None:
    pipeline = Pipeline()
    pipeline.health.canary.frame(OTHER)
    pipeline.clock.seconds += START_SECONDS + SILENCE_SECONDS

    assert pipeline.health.error() == ""
    assert pipeline.health.is_flowing
    assert pipeline.health.lag == 0


def test_before_tshark_is_started_nothing_is_known_of_it() -> None:
    pipeline = Pipeline()
    pipeline.part.pid = None
    pipeline.health.record_output()

    assert pipeline.health.error() == ""
    assert not pipeline.health.has_grown


@pytest.mark.parametrize(
    ("lag", "is_lagging", "has_caught_up"),
    [
        (0.0, False, True),
        (CAUGHT_UP_SECONDS - 0.1, False, True),
        (CAUGHT_UP_SECONDS + 0.1, False, False),
        (MAXIMUM_LAG_SECONDS - 0.1, False, False),
        (MAXIMUM_LAG_SECONDS + 0.1, True, False),
    ],
)
def test_lag_is_too_long_or_caught_up(lag: float, *, is_lagging: bool, has_caught_up: bool) -> None:
    pipeline = Pipeline()
    pipeline.canary_came_out(lag)

    assert pipeline.health.lag == pytest.approx(lag)
    assert pipeline.health.is_lagging is is_lagging
    assert pipeline.health.has_caught_up is has_caught_up


def test_what_has_not_started_has_not_caught_up() -> None:
    pipeline = Pipeline()
    pipeline.health.canary.frame(ETHERNET)

    assert not pipeline.health.has_caught_up
    assert not pipeline.health.is_lagging


def test_growth_counts_from_the_first_output() -> None:
    pipeline = Pipeline()
    pipeline.memory = 1
    assert not pipeline.health.has_grown  # it has written nothing yet
    pipeline.memory = 50 << 20
    pipeline.health.record_output()
    pipeline.memory += MEMORY_GROWTH
    pipeline.health.record_output()
    assert not pipeline.health.has_grown

    pipeline.memory += 1
    assert pipeline.health.has_grown


def test_a_tshark_that_has_ended_has_not_grown() -> None:
    pipeline = Pipeline()
    pipeline.health.record_output()
    pipeline.memory = 0

    assert not pipeline.health.has_grown
