"""The goals of the benchmarks, and whether a comparison reaches them."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from benchmarks.report import Comparison

_MIB = 1 << 20


class Figure(StrEnum):
    """The figure of a comparison that a goal limits."""

    RATIO = "times as good"  # how many times better the first sensor is
    CPU = "times as cheap"  # the same for processor time
    EVENNESS = "worst/best"  # of all sensors
    ABSOLUTE = "absolute"  # the first sensor's own
    MEMORY = "MiB at the peak"  # of all sensors


@dataclass(frozen=True, slots=True)
class Goal:
    """
    A goal.

    Args:
        comparison: the comparison's name on the command line.
        title: prefix of the titles of the comparisons that it limits.
        text: the goal in words.
        figure: the figure that it limits.
        against: prefix of the names of the sensors to compare with.
        minimum: least value of the figure.
        maximum: greatest value of the figure.
    """

    comparison: str
    title: str
    text: str
    figure: Figure
    against: str = ""
    minimum: float = 0.0
    maximum: float = float("inf")

    def measured(self, comparison: Comparison) -> float | None:
        """Return the figure, or None if the sensor to compare with did not run."""
        rows = [row for row in comparison.rows[1:] if row.name.startswith(self.against)]
        match self.figure:
            case Figure.RATIO:
                return min((comparison.ratio(row) for row in rows), default=None)
            case Figure.CPU:
                times = [one for row in rows if (one := comparison.cpu_ratio(row)) is not None]
                return min(times, default=None)
            case Figure.EVENNESS:
                return comparison.evenness
            case Figure.ABSOLUTE:
                return comparison.rows[0].rate.median
            case Figure.MEMORY:
                return max(row.memory for row in comparison.rows) / _MIB

    def is_reached(self, measured: float) -> bool:
        """Return whether a figure is within the goal's limits."""
        return self.minimum <= measured <= self.maximum


GOALS = (
    Goal("replay", "replay", "a replay is no slower than Suricata's",
         Figure.RATIO, "suricata", minimum=1.0),
    Goal("live", "live, highest rate", "twice Suricata's frames/s without loss",
         Figure.RATIO, "suricata af-packet", minimum=2.0),
    Goal("live", "live, cost", "half of Suricata's processor time for the same frames",
         Figure.CPU, "suricata", minimum=2.0),
    Goal("candidates", "", "20 times naive pyshark's messages/s",
         Figure.RATIO, "naive pyshark", minimum=20.0),
    Goal("latency", "wire to journal entry, p99", "a tenth of pyshark.LiveCapture's time",
         Figure.RATIO, "pyshark", minimum=10.0),
    Goal("latency", "wire to journal entry, p99", "less than 50 ms", Figure.ABSOLUTE, maximum=50.0),
    Goal("memory", "", "all processes need less than 400 MB", Figure.MEMORY, maximum=400e6 / _MIB),
    Goal("memory", "", "memory does not grow: at most a tenth more at the end",
         Figure.RATIO, "last", maximum=1.1),
    Goal("signatures", "", "within 20 % with any number of signatures",
         Figure.EVENNESS, minimum=0.8),
    Goal("windows", "", "within 20 % with any number of open windows",
         Figure.EVENNESS, minimum=0.8),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a comparison reaches a goal."""

    goal: Goal
    title: str
    measured: float
    is_reached: bool

    def __str__(self) -> str:
        """Return one line."""
        return (
            f"{'reached' if self.is_reached else 'MISSED '}  {self.goal.text}: "
            f"{self.measured:.3g} ({self.goal.figure}; {self.title})"
        )


def verdicts(name: str, comparison: Comparison) -> Iterable[Verdict]:
    """
    Yield the verdict for each goal that a comparison has a figure for.

    Args:
        name: the comparison's name on the command line.
        comparison: the measured comparison.
    """
    for goal in GOALS:
        if goal.comparison == name and comparison.title.startswith(goal.title):
            measured = goal.measured(comparison)
            if measured is not None:
                yield Verdict(goal, comparison.title, measured, goal.is_reached(measured))
