"""Says what was measured: a table for the terminal, JSON for programs."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.comparison import LEAST_PART, Row
from benchmarks.measure import Spread

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Pairing:
    """
    The rows of one comparison; the first is what the others are compared with.

    Args:
        name: the pairing, and what was looked at.
        unit: what the rates count.
        rows: the contenders.
    """

    name: str
    unit: str
    rows: Sequence[Row]

    def ratio(self, row: Row) -> float:
        """Return how many times faster the first contender is."""
        return self.rows[0].rate.median / row.rate.median

    def cpu_ratio(self, row: Row) -> float:
        """Return how many times more processor time than the first a unit of work takes."""
        return _cpu_of_unit(row) / _cpu_of_unit(self.rows[0])

    @property
    def is_fair(self) -> bool:
        """Whether every contender told every mark."""
        return not any(row.missed for row in self.rows)


def table(pairing: Pairing) -> str:
    """Return a pairing as a table."""
    heads = (
        "contender", "wall s", "start s", f"{pairing.unit}/s", "CPU s", "start CPU", "MiB",
        "times slower", "times CPU", "marks", "others",
    )  # fmt: skip
    lines = [
        (
            row.name,
            _spread(row.wall, 2),
            f"{row.start_up:.2f}",
            _spread(row.rate, 0),
            _spread(row.cpu, 2),
            f"{row.start_cpu:.2f}",
            f"{row.memory / _MIB:.0f}",
            f"{pairing.ratio(row):.2f}",
            f"{pairing.cpu_ratio(row):.2f}",
            f"{row.must - len(row.missed)}/{row.must}",
            str(row.others),
        )
        for row in pairing.rows
    ]
    remarks = [
        f"  {row.name}: {remark}"
        for row in pairing.rows
        for remark in (f"missed {', '.join(row.missed)}" if row.missed else "", row.remark)
        if remark
    ]
    fair = "" if pairing.is_fair else " - UNEQUAL WORK, the ratios say nothing"
    return "\n".join([f"{pairing.name}{fair}", *_columns([heads, *lines]), *remarks, ""])


def document(pairings: Sequence[Pairing], options: Mapping[str, object]) -> str:
    """Return everything as JSON."""
    return json.dumps(
        {
            "machine": {
                "processors": os.cpu_count(),
                "model": _processor(),
                "kernel": platform.release(),
                "python": platform.python_version(),
            },
            "options": options,
            "pairings": [
                {
                    "name": pairing.name,
                    "unit": pairing.unit,
                    "equal_work": pairing.is_fair,
                    "rows": [
                        {
                            **asdict(row),
                            "times_slower": pairing.ratio(row),
                            "times_cpu": pairing.cpu_ratio(row),
                        }
                        for row in pairing.rows
                    ],
                }
                for pairing in pairings
            ],
        },
        indent=1,
    )


def _cpu_of_unit(row: Row) -> float:
    """Return the processor seconds that a unit of work takes, start-up left out."""
    spent = row.cpu.median
    return max(spent - row.start_cpu, spent * LEAST_PART) / row.units


def _spread(spread: Spread, digits: int) -> str:
    return f"{spread.median:,.{digits}f} [{spread.least:,.{digits}f}-{spread.most:,.{digits}f}]"


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


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
