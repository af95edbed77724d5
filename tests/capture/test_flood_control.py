"""A source that overloads the sensor is shed on every interface, and reported at a limited rate."""

import time
from typing import Any, cast

import pytest

from nmapwatchd.capture.flood_control import MAXIMUM_REPORTED, REPORT_SECONDS, FloodControl
from nmapwatchd.core.shedding import CAPACITY, NONE_SHED, SLOT, ShedSources
from tests.building import NOON, SECOND

LIMITED = ShedSources(limited=("10.0.0.9",))


class Supervisor:
    def __init__(self) -> None:
        self.calls: list[ShedSources] = []

    def shed(self, sources: ShedSources) -> None:
        self.calls.append(sources)


class Interfaces:
    """Two interfaces, their flood control and its reports."""

    def __init__(self) -> None:
        self.reports: list[str] = []
        self.supervisors = {name: Supervisor() for name in ("eth0", "eth1")}
        self.control = FloodControl(cast(Any, self.supervisors), self.reports.append)

    @property
    def shed(self) -> list[ShedSources]:
        """What was shed after each change, the same on both."""
        one, other = self.supervisors.values()
        assert one.calls == other.calls
        return one.calls


def test_a_source_within_the_capacity_is_not_shed() -> None:
    interfaces = Interfaces()
    for slot in range(2):
        for _ in range(CAPACITY):
            interfaces.control.observe("10.0.0.9", NOON + slot * SLOT)

    assert (interfaces.shed, interfaces.reports) == ([], [])


def test_a_flood_is_limited_and_reported_once() -> None:
    interfaces = Interfaces()
    for _ in range(2 * CAPACITY + 2):
        interfaces.control.observe("10.0.0.9", NOON)

    assert interfaces.shed == [LIMITED]
    assert interfaces.reports == ["shedding flood from 10.0.0.9"]
    assert interfaces.control.shed_sources == 1


def test_a_top_talker_that_is_limited_already_is_blocked() -> None:
    interfaces = Interfaces()
    for _ in range(3):
        interfaces.control.shed("10.0.0.9", NOON)

    assert interfaces.shed == [LIMITED, ShedSources(blocked=("10.0.0.9",))]
    assert interfaces.reports == ["shedding flood from 10.0.0.9"]


def test_shedding_expires() -> None:
    interfaces = Interfaces()
    interfaces.control.shed("10.0.0.9", NOON)
    for seconds in (1, 60, 61):
        interfaces.control.expire(NOON + seconds * SECOND)

    assert interfaces.shed == [LIMITED, NONE_SHED]
    assert interfaces.control.shed_sources == 0


def test_a_clock_that_is_set_back_ends_it() -> None:
    interfaces = Interfaces()
    interfaces.control.shed("10.0.0.9", NOON)
    interfaces.control.rewind(NOON - 3600 * SECOND)

    assert interfaces.shed == [LIMITED, NONE_SHED]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of the monotonic clock."""
    now = [1_000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_each_source_is_reported_once_in_a_minute(clock: list[float]) -> None:
    interfaces = Interfaces()
    for last, seconds in ((7, 0.0), (8, 1.0), (7, REPORT_SECONDS - 1), (7, REPORT_SECONDS)):
        clock[0] = 1_000 + seconds
        interfaces.control.shed(f"10.0.0.{last}", NOON + int(seconds) * SECOND)
        interfaces.control.expire(NOON + int(seconds + 10) * SECOND)

    assert interfaces.reports == [f"shedding flood from 10.0.0.{last}" for last in (7, 8, 7)]


def test_of_many_sources_one_report_says_that_there_are_more(clock: list[float]) -> None:
    interfaces = Interfaces()
    for number in range(2 * MAXIMUM_REPORTED):
        interfaces.control.shed(f"10.0.1.{number}", NOON)
    more = f"shedding floods from more than {MAXIMUM_REPORTED} sources"

    assert interfaces.reports[-2:] == [f"shedding flood from 10.0.1.{MAXIMUM_REPORTED - 1}", more]

    clock[0] += REPORT_SECONDS
    interfaces.control.shed("10.0.2.1", NOON)
    assert interfaces.reports[-1] == "shedding flood from 10.0.2.1"
