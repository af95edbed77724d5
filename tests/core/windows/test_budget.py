"""A budget lets a burst open and then so many a second, and none of a flood."""

from nmapwatchd.core.windows.budget import OpeningBudget
from tests.building import NOON, SECOND


def opened(budget: OpeningBudget, *seconds: float) -> list[bool]:
    return [budget.take(NOON + int(at * SECOND)) for at in seconds]


def test_a_burst_opens_at_once_and_one_more_in_each_interval() -> None:
    budget = OpeningBudget(3, 2)

    assert opened(budget, 0, 0, 0) == [True] * 3
    assert opened(budget, 0.5, 1.0) == [True] * 2


def test_what_exceeds_the_burst_does_not_open() -> None:
    assert opened(OpeningBudget(3, 2), 0, 0, 0, 0) == [True, True, True, False]


def test_while_a_flood_lasts_none_of_it_opens() -> None:
    budget = OpeningBudget(2, 1)
    flood = [number / 100 for number in range(1000)]

    assert sum(opened(budget, *flood)) == 2


def test_after_a_flood_it_takes_as_long_as_a_burst_until_one_opens() -> None:
    budget = OpeningBudget(3, 1)
    opened(budget, *[0.0] * 1000)

    assert opened(budget, 3.9) == [False]
    assert opened(budget, 5.0) == [True]


def test_a_burst_is_available_again_after_a_pause() -> None:
    budget = OpeningBudget(3, 1)
    opened(budget, 0, 0, 0)

    assert opened(budget, 3, 3, 3) == [True] * 3


def test_the_time_after_a_rewind_counts_anew() -> None:
    budget = OpeningBudget(1, 1)
    opened(budget, 1000)
    assert opened(budget, 0) == [False]

    budget.rewind(NOON)
    assert opened(budget, 0, 0) == [True, False]
