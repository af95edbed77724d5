"""A source that overloads the sensor is shed on every interface, and reported at a limited rate."""

import time
from dataclasses import replace
from typing import Any, cast

import pytest

from nmapwatchd.capture.flood_control import MAXIMUM_REPORTED, REPORT_SECONDS, FloodControl
from nmapwatchd.core.outcome import Outcome
from nmapwatchd.core.shedding import CAPACITY, NONE_SHED, SLOT, ShedSources
from tests.building import NOON, SECOND
from tests.formats.messages import CLOSED

LIMITED = ShedSources(limited=("10.0.0.9",))
# What is reported of it; NOON is in UTC.
LIMITED_REPORT = (
    "10.0.0.9 floods eth0 since 12:00:00 UTC: some of its frames are skipped for a few seconds so "
    "that others stay visible. What only nmap sends is still inspected. The sensor is well"
)
BLOCKED_REPORT = (
    "10.0.0.9 floods eth0 since 12:00:00 UTC: all of its frames are skipped for a few seconds, "
    "because they were still too many. Other hosts stay visible"
)


class Supervisor:
    def __init__(self) -> None:
        self.calls: list[ShedSources] = []

    def shed(self, sources: ShedSources) -> None:
        self.calls.append(sources)


class Interfaces:
    """Two interfaces, their flood control and its reports."""

    def __init__(self) -> None:
        self.reports: list[tuple[str, str]] = []  # sentence and interface
        self.supervisors = {name: Supervisor() for name in ("eth0", "eth1")}
        self.control = FloodControl(
            cast(Any, self.supervisors), lambda *report: self.reports.append(report)
        )

    @property
    def floods(self) -> list[str]:
        """The start of each report: who floods what."""
        return [sentence.partition(" since")[0] for sentence, _ in self.reports]

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
            interfaces.control.observe("10.0.0.9", "eth0", NOON + slot * SLOT)

    assert (interfaces.shed, interfaces.reports) == ([], [])


def test_a_flood_is_limited_and_reported_once() -> None:
    interfaces = Interfaces()
    for _ in range(2 * CAPACITY + 2):
        interfaces.control.observe("10.0.0.9", "eth0", NOON)

    assert interfaces.shed == [LIMITED]
    assert interfaces.reports == [(LIMITED_REPORT, "eth0")]
    assert interfaces.control.shed_sources == 1


def test_a_top_talker_that_is_limited_already_is_blocked() -> None:
    interfaces = Interfaces()
    for _ in range(3):
        interfaces.control.shed("10.0.0.9", "eth0", NOON)

    assert interfaces.shed == [LIMITED, ShedSources(blocked=("10.0.0.9",))]
    assert interfaces.reports == [(LIMITED_REPORT, "eth0"), (BLOCKED_REPORT, "eth0")]


def test_a_sensor_whose_kernel_drops_frames_is_not_well() -> None:
    interfaces = Interfaces()
    interfaces.control.shed("10.0.0.9", "eth0", NOON, has_drops=True)

    dropped = LIMITED_REPORT.replace("The sensor is well", "The kernel has dropped frames, too")
    assert interfaces.reports == [(dropped, "eth0")]


def test_shedding_expires() -> None:
    interfaces = Interfaces()
    interfaces.control.shed("10.0.0.9", "eth0", NOON)
    for seconds in (1, 60, 61):
        interfaces.control.expire(NOON + seconds * SECOND)

    assert interfaces.shed == [LIMITED, NONE_SHED]
    assert interfaces.control.shed_sources == 0


def test_a_clock_that_is_set_back_ends_it() -> None:
    interfaces = Interfaces()
    interfaces.control.shed("10.0.0.9", "eth0", NOON)
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
        interfaces.control.shed(f"10.0.0.{last}", "eth0", NOON + int(seconds) * SECOND)
        interfaces.control.expire(NOON + int(seconds + 10) * SECOND)

    assert interfaces.floods == [f"10.0.0.{last} floods eth0" for last in (7, 8, 7)]


def test_the_report_of_a_flood_that_goes_on_says_when_it_began(clock: list[float]) -> None:
    interfaces = Interfaces()
    for seconds in range(0, 64, 3):
        clock[0] = 1_000 + seconds
        interfaces.control.expire(NOON + seconds * SECOND)
        interfaces.control.shed("10.0.0.9", "eth0", NOON + seconds * SECOND)

    assert len(interfaces.reports) > 1
    assert all(
        sentence.startswith("10.0.0.9 floods eth0 since 12:00:00 UTC: ")
        for sentence, _ in interfaces.reports
    )


def closed(source: str, start: int, decoys: tuple[str, ...] = ()) -> Outcome:
    """Return an outcome with one alert about a scan that began at a time."""
    return Outcome((replace(CLOSED, source=source, start=start, decoys=decoys, caveats=()),))


def test_the_alerts_of_a_scan_whose_frames_were_shed_are_incomplete() -> None:
    interfaces = Interfaces()
    interfaces.control.shed("10.0.0.9", "eth0", NOON)
    interfaces.control.expire(NOON + 60 * SECOND)

    def caveats(outcome: Outcome) -> list[tuple[str, ...]]:
        return [alert.caveats for alert in interfaces.control.mark_incomplete(outcome).alerts]

    assert caveats(closed("10.0.0.9", NOON - SECOND)) == [("incomplete",)]
    assert caveats(closed("10.0.0.8", NOON, decoys=("10.0.0.9",))) == [("incomplete",)]
    assert caveats(closed("10.0.0.8", NOON)) == [()]
    assert caveats(closed("10.0.0.9", NOON + 5 * SECOND)) == [()]
    assert caveats(Outcome()) == []


def test_of_many_sources_one_report_says_that_there_are_more(clock: list[float]) -> None:
    interfaces = Interfaces()
    for number in range(2 * MAXIMUM_REPORTED):
        interfaces.control.shed(f"10.0.1.{number}", "eth0", NOON)
    more = (
        f"More than {MAXIMUM_REPORTED} sources flood eth0: some frames of each are skipped for a "
        "few seconds. Their addresses are probably forged"
    )

    assert len(interfaces.reports) == MAXIMUM_REPORTED + 1
    assert interfaces.floods[-2] == f"10.0.1.{MAXIMUM_REPORTED - 1} floods eth0"
    assert interfaces.reports[-1] == (more, "eth0")

    clock[0] += REPORT_SECONDS
    interfaces.control.shed("10.0.2.1", "eth0", NOON)
    assert interfaces.floods[-1] == "10.0.2.1 floods eth0"
