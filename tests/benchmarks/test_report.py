"""A comparison states how many times better the first sensor is."""

import pytest

from benchmarks.report import table
from tests.benchmarks.building import comparison, row


def test_a_higher_rate_is_better() -> None:
    measured = comparison(row("nmapwatchd", 300), row("peer", 100))

    assert measured.ratio(measured.rows[1]) == 3


def test_a_shorter_time_is_better() -> None:
    measured = comparison(row("nmapwatchd", 5), row("peer", 100), is_less_better=True)

    assert measured.ratio(measured.rows[1]) == 20


@pytest.mark.parametrize("is_less_better", [True, False])
def test_a_ratio_is_between_the_extremes_of_the_runs(is_less_better: bool) -> None:
    measured = comparison(
        row("nmapwatchd", 8, 10, 12), row("peer", 4, 5, 6), is_less_better=is_less_better
    )

    ratios = measured.ratios(measured.rows[1])

    assert ratios.minimum < ratios.median < ratios.maximum


def test_processor_time_is_compared_per_unit_of_work() -> None:
    measured = comparison(
        row("nmapwatchd", 1, units=1_000, cpu=1), row("peer", 1, units=100, cpu=1)
    )

    assert measured.cpu_ratio(measured.rows[1]) == pytest.approx(10)


def test_processor_time_that_was_not_measured_is_not_compared() -> None:
    measured = comparison(row("nmapwatchd", 1), row("peer", 1))

    assert measured.cpu_ratio(measured.rows[1]) is None


def test_unequal_work_is_reported_before_the_figures() -> None:
    text = table(comparison(row("nmapwatchd", 1), row("peer", 1, missed=("10.0.0.1:80",))))

    assert "UNEQUAL WORK" in text.splitlines()[0]
    assert "peer: missed 10.0.0.1:80" in text


def test_a_column_without_figures_is_omitted() -> None:
    text = table(comparison(row("nmapwatchd", 1), row("peer", 1)))

    assert "CPU" not in text
    assert "frames/s" in text
