"""A goal is reached, or missed, by a figure of its pairing."""

from dataclasses import replace

import pytest

from benchmarks.comparisons import PAIRINGS
from benchmarks.goals import GOALS, verdicts
from benchmarks.report import Pairing
from tests.benchmarks.building import pairing, row


def reached(name: str, compared: Pairing) -> list[bool]:
    return [verdict.is_reached for verdict in verdicts(name, compared)]


def test_every_pairing_has_a_goal() -> None:
    assert {goal.pairing for goal in GOALS} == set(PAIRINGS)


@pytest.mark.parametrize(("rate", "is_reached"), [(20, True), (19, False)])
def test_naive_pyshark_is_to_be_twenty_times_slower(rate: float, is_reached: bool) -> None:
    compared = pairing(row("nmapwatchd replay", rate), row("naive pyshark (9 frames)", 1))

    assert reached("candidates", compared) == [is_reached]


def test_a_goal_against_a_contender_that_did_not_run_is_not_judged() -> None:
    compared = pairing(row("nmapwatchd replay", 100), row("tshark -Y", 10))

    assert reached("replay", compared) == []


@pytest.mark.parametrize(("worst", "is_reached"), [(80, True), (79, False)])
def test_throughput_is_even_when_the_worst_is_within_a_fifth_of_the_best(
    worst: float, is_reached: bool
) -> None:
    compared = pairing(row("50", 90), row("200", 100), row("800", worst))

    assert reached("signatures", compared) == [is_reached]


def test_a_latency_has_a_ratio_and_a_limit() -> None:
    compared = pairing(
        row("nmapwatchd run", 51), row("pyshark.LiveCapture", 510),
        name="wire to journal entry, p99 of 9 requests", is_less_better=True,
    )  # fmt: skip

    assert reached("latency", compared) == [True, False]


def test_memory_is_judged_at_its_worst_moment() -> None:
    first = replace(row("first", 200), memory=401_000_000)

    compared = pairing(first, row("last", 205), is_less_better=True)

    assert reached("memory", compared) == [False, True]
