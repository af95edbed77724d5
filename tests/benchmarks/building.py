"""Builds what benchmarks measured, for tests."""

from benchmarks.measure import Spread
from benchmarks.report import Pairing
from benchmarks.runs import Row

_NOTHING = Spread(0.0, 0.0, 0.0)


def row(
    name: str, *rates: float, units: int = 100, cpu: float = 0.0, missed: tuple[str, ...] = ()
) -> Row:
    """Return a contender's result."""
    spent = Spread(cpu, cpu, cpu)
    return Row(
        name=name, units=units, wall=_NOTHING, start_up=0.0, cpu=spent, start_cpu=0.0, memory=0,
        rate=Spread.of(rates), must=2, missed=missed, others=0,
    )  # fmt: skip


def pairing(*rows: Row, name: str = "replay of a mix", is_less_better: bool = False) -> Pairing:
    """Return a comparison."""
    return Pairing(name, "frames", rows, is_less_better)
