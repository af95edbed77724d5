"""A comparison of sensors, and its table."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.measure import Spread
from benchmarks.runs import MINIMUM_SHARE, Row

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    The results of one comparison; the others are compared with the first.

    Args:
        title: the comparison, and what was measured.
        unit: the unit that is counted per second; or the unit of the figures.
        rows: the sensors' results.
        is_less_better: whether the rows have a figure instead of a rate, and less is better.
    """

    title: str
    unit: str
    rows: Sequence[Row]
    is_less_better: bool = False

    def ratio(self, row: Row) -> float:
        """Return how many times better the first sensor is."""
        return self._times(self.rows[0].rate.median, row.rate.median)

    def ratios(self, row: Row) -> Spread:
        """Return the ratio of the medians and the extremes that the runs allow."""
        first, other = self.rows[0].rate, row.rate
        ends = [self._times(a, b) for a in (first.minimum, first.maximum)
                for b in (other.minimum, other.maximum)]  # fmt: skip
        return Spread(self.ratio(row), min(ends), max(ends))

    def cpu_ratio(self, row: Row) -> float | None:
        """Return the ratio of processor time per unit to the first sensor's, if measured."""
        if not (row.cpu.median and self.rows[0].cpu.median):
            return None
        return _cpu_per_unit(row) / _cpu_per_unit(self.rows[0])

    @property
    def evenness(self) -> float:
        """The worst median divided by the best."""
        medians = [row.rate.median for row in self.rows]
        return min(medians) / max(medians)

    @property
    def is_equal_work(self) -> bool:
        """Whether every sensor detected every test scan."""
        return not any(row.missed for row in self.rows)

    def _times(self, first: float, other: float) -> float:
        return other / first if self.is_less_better else first / other


def table(comparison: Comparison) -> str:
    """Return a comparison as a table, without columns in which nothing was measured."""
    heads = (
        "sensor", "wall s", "start s", comparison.unit if comparison.is_less_better
        else f"{comparison.unit}/s", "CPU s", "start CPU", "peak MiB", "ratio", "CPU ratio",
        "detected", "false positives",
    )  # fmt: skip
    lines = [
        (
            row.name,
            _spread(row.wall),
            _number(row.start_up),
            _spread(row.rate),
            _spread(row.cpu),
            _number(row.start_cpu),
            _number(row.memory / _MIB),
            f"{comparison.ratio(row):.2f}",
            "" if (times := comparison.cpu_ratio(row)) is None else f"{times:.2f}",
            f"{row.expected - len(row.missed)}/{row.expected}" if row.expected else "",
            str(row.false_positives) if row.expected else "",
        )
        for row in comparison.rows
    ]
    kept = [n for n in range(len(heads)) if any(line[n] for line in lines)]
    cells = [[line[n] for n in kept] for line in (heads, *lines)]
    remarks = [
        f"  {row.name}: {remark}"
        for row in comparison.rows
        for remark in (f"missed {_listed(row.missed)}" if row.missed else "", row.remark)
        if remark
    ]
    warning = "" if comparison.is_equal_work else " - UNEQUAL WORK, the ratios are meaningless"
    return "\n".join([f"{comparison.title}{warning}", *_columns(cells), *remarks, ""])


def _cpu_per_unit(row: Row) -> float:
    """Return the processor seconds per unit of work, without start-up."""
    cpu = row.cpu.median
    return max(cpu - row.start_cpu, cpu * MINIMUM_SHARE) / row.units


def _listed(names: Sequence[str], limit: int = 5) -> str:
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def _spread(spread: Spread) -> str:
    if not spread.maximum:
        return ""
    median, minimum, maximum = map(_number, (spread.median, spread.minimum, spread.maximum))
    return median if minimum == maximum else f"{median} [{minimum}-{maximum}]"


def _number(value: float) -> str:
    """Return a number with three significant digits; '' if nothing was measured."""
    if not value:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _columns(lines: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(line[n]) for line in lines) for n in range(len(lines[0]))]
    return [
        "  "
        + "  ".join(
            cell.rjust(width) if n else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    ]
