"""A pairing: what contenders achieved at one thing, and its table."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.measure import Spread
from benchmarks.runs import LEAST_PART, Row

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Pairing:
    """
    The rows of one comparison; the first is what the others are compared with.

    Args:
        name: the pairing, and what was looked at.
        unit: what the rates count; or the unit of the figures, where those are no rates.
        rows: the contenders.
        is_less_better: whether the rows have a figure of which less is better, in place of a rate.
    """

    name: str
    unit: str
    rows: Sequence[Row]
    is_less_better: bool = False

    def ratio(self, row: Row) -> float:
        """Return how many times better the first contender is."""
        return self._times(self.rows[0].rate.median, row.rate.median)

    def ratios(self, row: Row) -> Spread:
        """Return the same with the least and the most that the runs leave possible."""
        first, other = self.rows[0].rate, row.rate
        ends = [self._times(a, b) for a in (first.least, first.most)
                for b in (other.least, other.most)]  # fmt: skip
        return Spread(self.ratio(row), min(ends), max(ends))

    def cpu_ratio(self, row: Row) -> float | None:
        """Return how many times more processor time than the first a unit takes, if known."""
        if not (row.cpu.median and self.rows[0].cpu.median):
            return None
        return _cpu_of_unit(row) / _cpu_of_unit(self.rows[0])

    @property
    def evenness(self) -> float:
        """The worst median as a part of the best."""
        medians = [row.rate.median for row in self.rows]
        return min(medians) / max(medians)

    @property
    def is_fair(self) -> bool:
        """Whether every contender told every mark."""
        return not any(row.missed for row in self.rows)

    def _times(self, first: float, other: float) -> float:
        return other / first if self.is_less_better else first / other


def table(pairing: Pairing) -> str:
    """Return a pairing as a table; a column in which nothing was measured is left out."""
    heads = (
        "contender", "wall s", "start s", pairing.unit if pairing.is_less_better
        else f"{pairing.unit}/s", "CPU s", "start CPU", "MiB at most", "ratio", "CPU ratio",
        "marks", "others",
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
            f"{pairing.ratio(row):.2f}",
            "" if (times := pairing.cpu_ratio(row)) is None else f"{times:.2f}",
            f"{row.must - len(row.missed)}/{row.must}" if row.must else "",
            str(row.others) if row.must else "",
        )
        for row in pairing.rows
    ]
    kept = [n for n in range(len(heads)) if any(line[n] for line in lines)]
    cells = [[line[n] for n in kept] for line in (heads, *lines)]
    remarks = [
        f"  {row.name}: {remark}"
        for row in pairing.rows
        for remark in (f"missed {_listed(row.missed)}" if row.missed else "", row.remark)
        if remark
    ]
    fair = "" if pairing.is_fair else " - UNEQUAL WORK, the ratios say nothing"
    return "\n".join([f"{pairing.name}{fair}", *_columns(cells), *remarks, ""])


def _cpu_of_unit(row: Row) -> float:
    """Return the processor seconds that a unit of work takes, start-up left out."""
    spent = row.cpu.median
    return max(spent - row.start_cpu, spent * LEAST_PART) / row.units


def _listed(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _spread(spread: Spread) -> str:
    if not spread.most:
        return ""
    median, least, most = map(_number, (spread.median, spread.least, spread.most))
    return median if least == most else f"{median} [{least}-{most}]"


def _number(value: float) -> str:
    """Return a number with three digits that matter; nothing where nothing was measured."""
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
