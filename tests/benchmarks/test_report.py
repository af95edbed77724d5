"""A pairing tells how many times better the first contender is."""

import pytest

from benchmarks.report import table
from tests.benchmarks.building import pairing, row


def test_a_rate_is_better_when_it_is_higher() -> None:
    compared = pairing(row("ours", 300), row("theirs", 100))

    assert compared.ratio(compared.rows[1]) == 3


def test_a_time_is_better_when_it_is_shorter() -> None:
    compared = pairing(row("ours", 5), row("theirs", 100), is_less_better=True)

    assert compared.ratio(compared.rows[1]) == 20


@pytest.mark.parametrize("is_less_better", [True, False])
def test_a_ratio_lies_between_what_the_runs_leave_possible(is_less_better: bool) -> None:
    compared = pairing(
        row("ours", 8, 10, 12), row("theirs", 4, 5, 6), is_less_better=is_less_better
    )

    ratios = compared.ratios(compared.rows[1])

    assert ratios.least < ratios.median < ratios.most


def test_processor_time_is_compared_by_unit_of_work() -> None:
    compared = pairing(row("ours", 1, units=1_000, cpu=1), row("theirs", 1, units=100, cpu=1))

    assert compared.cpu_ratio(compared.rows[1]) == pytest.approx(10)


def test_processor_time_that_nobody_measured_is_not_compared() -> None:
    compared = pairing(row("ours", 1), row("theirs", 1))

    assert compared.cpu_ratio(compared.rows[1]) is None


def test_unequal_work_is_said_before_any_figure() -> None:
    said = table(pairing(row("ours", 1), row("theirs", 1, missed=("10.0.0.1:80",))))

    assert "UNEQUAL WORK" in said.splitlines()[0]
    assert "theirs: missed 10.0.0.1:80" in said


def test_a_column_without_figures_is_left_out() -> None:
    said = table(pairing(row("ours", 1), row("theirs", 1)))

    assert "CPU" not in said
    assert "frames/s" in said
