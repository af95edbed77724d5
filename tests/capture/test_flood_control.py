"""A source that floods is shed on every interface, for some seconds, and reported now and then."""

import time
from typing import Any, cast

import pytest

from nmapwatchd.capture.flood_control import REPORT_SECONDS, FloodControl
from nmapwatchd.core.shedding import MAXIMUM_CANDIDATES

SECOND = 1_000_000_000
NOON = 1_795_348_800 * SECOND


class Supervisor:
    def __init__(self) -> None:
        self.calls: list[tuple[str, ...]] = []

    def shed(self, sources: tuple[str, ...]) -> None:
        self.calls.append(tuple(sources))


class Interfaces:
    """Two interfaces, their flood control and its reports."""

    def __init__(self) -> None:
        self.reports: list[str] = []
        self.supervisors = {name: Supervisor() for name in ("eth0", "eth1")}
        self.control = FloodControl(cast(Any, self.supervisors), self.reports.append)

    @property
    def shed(self) -> list[tuple[str, ...]]:
        """What was shed after each change, the same on both."""
        one, other = self.supervisors.values()
        assert one.calls == other.calls
        return one.calls


def test_a_source_within_the_limit_is_not_shed() -> None:
    interfaces = Interfaces()
    for second in range(3):
        for _ in range(MAXIMUM_CANDIDATES):
            interfaces.control.observe("10.0.0.9", NOON + second * SECOND)

    assert (interfaces.shed, interfaces.reports) == ([], [])


def test_a_flood_is_shed_once_and_reported() -> None:
    interfaces = Interfaces()
    for _ in range(2 * MAXIMUM_CANDIDATES):
        interfaces.control.observe("10.0.0.9", NOON)

    assert interfaces.shed == [("10.0.0.9",)]
    assert interfaces.reports == ["shedding flood from 10.0.0.9"]


def test_shedding_expires() -> None:
    interfaces = Interfaces()
    interfaces.control.shed("10.0.0.9", NOON)
    for seconds in (1, 60, 61):
        interfaces.control.expire(NOON + seconds * SECOND)

    assert interfaces.shed == [("10.0.0.9",), ()]


def test_a_clock_that_is_set_back_ends_it() -> None:
    interfaces = Interfaces()
    interfaces.control.shed("10.0.0.9", NOON)
    interfaces.control.rewind(NOON - 3600 * SECOND)

    assert interfaces.shed == [("10.0.0.9",), ()]


def test_several_floods_are_one_report_in_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    interfaces = Interfaces()
    for last, seconds in ((7, 0.0), (8, REPORT_SECONDS - 1), (9, REPORT_SECONDS)):
        now[0] = 1_000 + seconds
        interfaces.control.shed(f"10.0.0.{last}", NOON)

    assert interfaces.shed[-1] == ("10.0.0.7", "10.0.0.8", "10.0.0.9")
    assert interfaces.reports == ["shedding flood from 10.0.0.7", "shedding flood from 10.0.0.9"]
