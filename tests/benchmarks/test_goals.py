"""A goal is reached or missed by a figure of its comparison."""

from dataclasses import replace

import pytest

from benchmarks.comparisons import COMPARISONS
from benchmarks.goals import GOALS, verdicts
from benchmarks.report import Comparison
from tests.benchmarks.building import comparison, row


def reached(name: str, measured: Comparison) -> list[bool]:
    return [verdict.is_reached for verdict in verdicts(name, measured)]


def test_every_comparison_has_a_goal() -> None:
    assert {goal.comparison for goal in GOALS} == set(COMPARISONS)


@pytest.mark.parametrize(("rate", "is_reached"), [(20, True), (19, False)])
def test_the_goal_is_twenty_times_the_rate_of_naive_pyshark(rate: float, is_reached: bool) -> None:
    measured = comparison(row("nmapwatchd replay", rate), row("naive pyshark (9 frames)", 1))

    assert reached("candidates", measured) == [is_reached]


def test_a_goal_against_a_sensor_that_did_not_run_has_no_verdict() -> None:
    measured = comparison(row("nmapwatchd replay", 100), row("tshark -Y", 10))

    assert reached("replay", measured) == []


@pytest.mark.parametrize(("worst", "is_reached"), [(80, True), (79, False)])
def test_throughput_is_even_if_the_worst_is_within_a_fifth_of_the_best(
    worst: float, is_reached: bool
) -> None:
    measured = comparison(row("50", 90), row("200", 100), row("800", worst))

    assert reached("signatures", measured) == [is_reached]


def test_the_latency_has_a_relative_and_an_absolute_goal() -> None:
    measured = comparison(
        row("nmapwatchd run", 51), row("pyshark.LiveCapture", 510),
        title="wire to journal entry, p99 of 9 requests", is_less_better=True,
    )  # fmt: skip

    assert reached("latency", measured) == [True, False]


def test_the_memory_goal_limits_the_peak() -> None:
    first = replace(row("first", 200), memory=401_000_000)

    measured = comparison(first, row("last", 205), is_less_better=True)

    assert reached("memory", measured) == [False, True]
