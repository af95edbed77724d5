"""Builds benchmark results for tests."""

from benchmarks.measure import Spread
from benchmarks.report import Comparison
from benchmarks.runs import Row

_ZERO = Spread(0.0, 0.0, 0.0)


def row(
    name: str, *rates: float, units: int = 100, cpu: float = 0.0, missed: tuple[str, ...] = ()
) -> Row:
    """Return a sensor's result."""
    return Row(
        name=name, units=units, wall=_ZERO, start_up=0.0, cpu=Spread(cpu, cpu, cpu), start_cpu=0.0,
        memory=0, rate=Spread.of(rates), expected=2, missed=missed, false_positives=0,
    )  # fmt: skip


def comparison(
    *rows: Row, title: str = "replay of a mix", is_less_better: bool = False
) -> Comparison:
    """Return a comparison."""
    return Comparison(title, "frames", rows, is_less_better)
