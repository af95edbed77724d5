"""The status line names what an operator must know first; the metrics have the same numbers."""

from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from nmapwatchd import __version__
from nmapwatchd.capture.flood_control import FloodControl
from nmapwatchd.capture.limitation import Limitation
from nmapwatchd.capture.stats import CaptureStats, InterfaceStatus
from nmapwatchd.core.counters import Counters
from nmapwatchd.delivery.worker import SinkStatus
from nmapwatchd.telemetry.status import MAXIMUM_ERRORS, MAXIMUM_REASON, StatusReporter
from tests.building import NOON, SECOND, engine, observation


@dataclass
class Supervisor:
    """A supervisor in a state."""

    is_capturing: bool = True
    tshark_restarts: int = 0
    counts: CaptureStats = field(default_factory=CaptureStats)
    limitation: Limitation = field(default_factory=Limitation)
    thinning_factor: int = 1
    outage_reason: str = "it is down"


@dataclass
class Sinks:
    """A delivery whose sinks are in a state."""

    errors: list[str] = field(default_factory=list)
    sink_statuses: tuple[SinkStatus, ...] = ()


def reporter(
    supervisors: dict[str, Supervisor], counters: Counters | None = None, sinks: Sinks | None = None
) -> StatusReporter:
    """Return a reporter of a service with one open scan."""
    core = engine()
    core.observe(observation(payload=b"loud"))
    return StatusReporter(
        cast(Any, supervisors),
        counters or Counters(),
        core,
        cast(Any, sinks or Sinks()),
        FloodControl({}, lambda *_: None),
    )


COUNTERS = Counters(frames=12, kernel_drops=3, candidates=9, alerts=2)
NUMBERS = "12 frames, 3 dropped, 9 candidates, 2 alerts, 1 open scans"


@pytest.mark.parametrize(
    ("supervisors", "start"),
    [
        ({"eth0": Supervisor(), "eth1": Supervisor()}, "capturing on eth0, eth1: "),
        (
            {"eth0": Supervisor(), "eth1": Supervisor(is_capturing=False)},
            "BLIND on eth1 (it is down); capturing on eth0: ",
        ),
        ({"eth0": Supervisor(is_capturing=False)}, "BLIND on eth0 (it is down); "),
        ({}, ""),
    ],
)
def test_blindness_comes_first(supervisors: dict[str, Supervisor], start: str) -> None:
    assert reporter(supervisors, COUNTERS).status_line == start + NUMBERS


def test_a_long_reason_is_cut() -> None:
    blind = Supervisor(is_capturing=False, outage_reason="x" * 1000)

    line = reporter({"eth0": blind}, COUNTERS).status_line

    assert line == f"BLIND on eth0 ({'x' * MAXIMUM_REASON}); {NUMBERS}"


def test_what_is_not_inspected_is_named() -> None:
    limited = Supervisor()
    limited.limitation.summary = "42 % of the frames are in ESP"

    line = reporter({"eth0": Supervisor(), "eth1": limited}, COUNTERS).status_line

    assert line.startswith("NOT INSPECTED on eth1: 42 % of the frames are in ESP; capturing on")


def test_lost_messages_are_named() -> None:
    counters = Counters(undelivered=5)

    assert reporter({}, counters).status_line.endswith(", 1 open scans, 5 messages lost")


def test_errors_of_signatures_are_named() -> None:
    counters = Counters(rule_errors=2)

    assert reporter({}, counters).status_line.endswith(", 1 open scans, 2 errors of signatures")


def test_the_number_of_shed_sources_is_named_while_there_are_any() -> None:
    found = reporter({})
    found.flood_control.shed("10.0.0.9", "eth0", NOON)

    assert found.status_line.endswith(", 1 open scans, 1 sources shed")
    assert found.metrics.shed_sources == 1

    found.flood_control.expire(NOON + 60 * SECOND)
    assert found.status_line.endswith(", 1 open scans")
    assert found.metrics.shed_sources == 0


def test_errors_of_sinks_are_named_as_far_as_a_line_has_room_and_are_printable() -> None:
    errors = [f"sink{number}:\nrefused" for number in range(MAXIMUM_ERRORS + 1)]

    line = reporter({}, sinks=Sinks(errors)).status_line

    assert line.count("refused") == MAXIMUM_ERRORS
    assert line.startswith("0 frames")
    assert "; sink0:" in line
    assert "\n" not in line


def test_the_metrics_are_those_of_the_parts() -> None:
    sink = SinkStatus("journald", 4, 1, True)
    supervisor = Supervisor(tshark_restarts=2, counts=CaptureStats(frames=12, dropped=3))

    metrics = reporter({"eth0": supervisor}, COUNTERS, Sinks(sink_statuses=(sink,))).metrics

    assert (metrics.version, metrics.open_scans) == (__version__, 1)
    assert metrics.counters == COUNTERS.counts()
    assert metrics.interfaces == (InterfaceStatus("eth0", True, 12, 3, 2),)
    assert metrics.sinks == (sink,)


def test_what_the_configuration_changes_is_stated() -> None:
    tuned = replace(reporter({}, COUNTERS), tuning=lambda: "2 signatures disabled")

    assert tuned.status_line == f"{NUMBERS}; 2 signatures disabled"
