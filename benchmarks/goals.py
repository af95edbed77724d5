"""What the sensor must reach, as data, and whether it does."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from benchmarks.report import Pairing

_MIB = 1 << 20


class Figure(StrEnum):
    """What of a pairing is looked at."""

    RATIO = "times as good"  # how many times better than the contender
    CPU = "times as cheap"  # the same of processor time
    EVENNESS = "of the best, the worst"  # of all contenders
    FIGURE = "its own figure"  # the first contender's
    MEMORY = "MiB at the worst moment"  # of all contenders


@dataclass(frozen=True, slots=True)
class Goal:
    """
    One thing to be reached.

    Args:
        pairing: the name by which it is asked for.
        about: the beginning of the pairing's title; there may be several.
        says: the goal as a sentence.
        figure: what is looked at.
        against: the beginning of the contender's name, where one is compared with.
        least: what the figure must reach.
        most: what it must not exceed.
    """

    pairing: str
    about: str
    says: str
    figure: Figure
    against: str = ""
    least: float = 0.0
    most: float = float("inf")

    def measured(self, pairing: Pairing) -> float | None:
        """Return the figure, or None where the contender did not run."""
        rows = [row for row in pairing.rows[1:] if row.name.startswith(self.against)]
        match self.figure:
            case Figure.RATIO:
                return min((pairing.ratio(row) for row in rows), default=None)
            case Figure.CPU:
                times = [one for row in rows if (one := pairing.cpu_ratio(row)) is not None]
                return min(times, default=None)
            case Figure.EVENNESS:
                return pairing.evenness
            case Figure.FIGURE:
                return pairing.rows[0].rate.median
            case Figure.MEMORY:
                return max(row.memory for row in pairing.rows) / _MIB

    def is_reached(self, measured: float) -> bool:
        """Tell whether a figure is good enough."""
        return self.least <= measured <= self.most


GOALS = (
    Goal("replay", "replay", "a replay is no slower than Suricata's",
         Figure.RATIO, "suricata", least=1.0),
    Goal("live", "live, highest rate", "twice Suricata's frames/s without loss",
         Figure.RATIO, "suricata af-packet", least=2.0),
    Goal("live", "live, cost", "half of Suricata's processor time for the same frames",
         Figure.CPU, "suricata", least=2.0),
    Goal("candidates", "", "20 times naive pyshark's messages/s",
         Figure.RATIO, "naive pyshark", least=20.0),
    Goal("latency", "wire to journal entry, p99", "a tenth of pyshark.LiveCapture's time",
         Figure.RATIO, "pyshark", least=10.0),
    Goal("latency", "wire to journal entry, p99", "less than 50 ms", Figure.FIGURE, most=50.0),
    Goal("memory", "", "all processes have less than 400 MB", Figure.MEMORY, most=400e6 / _MIB),
    Goal("memory", "", "memory does not grow: at most a tenth more in the end",
         Figure.RATIO, "last", most=1.1),
    Goal("signatures", "", "within 20 %, however many signatures", Figure.EVENNESS, least=0.8),
    Goal("windows", "", "within 20 %, however many open windows", Figure.EVENNESS, least=0.8),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one pairing reaches one goal."""

    goal: Goal
    about: str
    measured: float
    is_reached: bool

    def __str__(self) -> str:
        """Return one line."""
        return (
            f"{'reached' if self.is_reached else 'MISSED '}  {self.goal.says}: "
            f"{self.measured:.3g} ({self.goal.figure}; {self.about})"
        )


def verdicts(name: str, pairing: Pairing) -> Iterable[Verdict]:
    """
    Yield what a pairing says about the goals.

    Args:
        name: by which the pairing is asked for.
        pairing: what was measured.
    """
    for goal in GOALS:
        if goal.pairing == name and pairing.name.startswith(goal.about):
            measured = goal.measured(pairing)
            if measured is not None:
                yield Verdict(goal, pairing.name, measured, goal.is_reached(measured))
