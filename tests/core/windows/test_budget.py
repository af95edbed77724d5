"""A budget lets so many scans open in a minute, and none of a flood."""

from nmapwatchd.core.windows.budget import OpeningBudget
from tests.building import NOON, SECOND


def opened(budget: OpeningBudget, per_minute: int, *seconds: float) -> list[bool]:
    return [budget.take(NOON + int(at * SECOND), per_minute) for at in seconds]


def test_a_minutes_worth_opens_at_once_and_one_more_in_each_part_of_it() -> None:
    budget = OpeningBudget()

    assert opened(budget, 3, 0, 0, 0) == [True] * 3
    assert opened(budget, 3, 20, 40) == [True] * 2


def test_what_exceeds_it_does_not_open() -> None:
    assert opened(OpeningBudget(), 3, 0, 0, 0, 0) == [True, True, True, False]
    assert opened(OpeningBudget(), 3, 0, 0, 0, 19.9) == [True, True, True, False]


def test_while_a_flood_lasts_none_of_it_opens() -> None:
    flood = [number / 100 for number in range(50_000)]

    assert sum(opened(OpeningBudget(), 60, *flood)) == 60


def test_a_minute_after_a_flood_one_opens_again() -> None:
    for at, opens in ((60.9, False), (61.0, True)):
        budget = OpeningBudget()
        opened(budget, 60, *[0.0] * 1000)

        assert opened(budget, 60, at) == [opens]


def test_after_a_pause_of_a_minute_all_open_again() -> None:
    budget = OpeningBudget()
    opened(budget, 3, 0, 0, 0)

    assert opened(budget, 3, 60, 60, 60) == [True] * 3


def test_the_time_after_a_rewind_counts_from_then() -> None:
    budget = OpeningBudget()
    opened(budget, 1, 1000)
    assert opened(budget, 1, 0) == [False]

    budget.rewind(NOON)
    assert opened(budget, 1, 0, 0) == [True, False]
