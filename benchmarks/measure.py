"""Measures what a program costs, with everything that it starts."""

import contextlib
import os
import signal
import statistics
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# Seconds between two looks at the memory of a program's processes.
_LOOK_SECONDS = 0.1
# Seconds that a program may run; it is stuck, or hopeless, if it runs longer.
MAXIMUM_SECONDS = 1_800.0


@dataclass(frozen=True, slots=True)
class Cost:
    """
    What one run cost.

    Args:
        wall: seconds.
        cpu: seconds of all processes, in user and kernel mode.
        memory: bytes, proportional to what processes share, at the worst moment that was seen.
        status: the exit status.
    """

    wall: float
    cpu: float
    memory: int
    status: int


FREE = Cost(0.0, 0.0, 0, 0)


@dataclass(frozen=True, slots=True)
class Spread:
    """Several measurements of one thing."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Return the spread of some values."""
        return cls(statistics.median(values), min(values), max(values))


class Program:
    """
    A program under measurement.

    Args:
        command: what to run.
        output: the file for what it prints; errors go to the same name with `.err`.
        look_seconds: between two looks at the memory of its processes.
    """

    def __init__(
        self, command: Sequence[str], output: Path, look_seconds: float = _LOOK_SECONDS
    ) -> None:
        self.errors = output.with_suffix(".err")
        self._began = time.monotonic()
        with output.open("wb") as out, self.errors.open("wb") as err:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
            )
        self._memory = 0
        self._look_seconds = look_seconds
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._watch.start()

    @property
    def said(self) -> str:
        """What it has written to standard error."""
        return self.errors.read_text(errors="replace")

    @property
    def is_running(self) -> bool:
        """Whether it still runs; it is not waited for."""
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self._process.pid, flags) is None

    @property
    def cpu(self) -> float:
        """Processor seconds until now, of it and of its children."""
        return sum(map(seconds_of, _family(self._process.pid)))

    @property
    def memory(self) -> int:
        """Bytes of it and of its children now, proportional to what they share."""
        return sum(map(_memory, _family(self._process.pid)))

    def stop(self) -> Cost:
        """Ask it to end, and wait."""
        # Not Popen's own way, which may wait for it and lose what it cost; a process that has ended
        # is still there to be waited for.
        os.kill(self._process.pid, signal.SIGINT)
        return self.wait()

    def wait(self) -> Cost:
        """Wait until it ends; return what it and all its children cost."""
        _, status, usage = os.wait4(self._process.pid, 0)
        wall = time.monotonic() - self._began
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self._ended.set()
        self._watch.join()
        cpu = usage.ru_utime + usage.ru_stime
        return Cost(wall, cpu, self._memory, self._process.returncode)

    def _look(self) -> None:
        while not self._ended.wait(self._look_seconds):
            self._memory = max(self._memory, self.memory)
            if time.monotonic() - self._began > MAXIMUM_SECONDS:
                os.killpg(self._process.pid, signal.SIGKILL)
                return


def run(command: Sequence[str], output: Path) -> Cost:
    """Run a program to its end."""
    return Program(command, output).wait()


def seconds_of(pid: int) -> float:
    """Return the processor seconds of a process and of those of its children that have ended."""
    with contextlib.suppress(OSError):  # a process that has just ended is in its parent's account
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _family(pid: int) -> list[int]:
    """Return a process and its descendants."""
    family = [pid]
    for parent in family:
        with contextlib.suppress(OSError):  # a process that has just ended has no children
            for task in Path(f"/proc/{parent}/task").iterdir():
                family += map(int, (task / "children").read_text().split())
    return family


def _memory(pid: int) -> int:
    with contextlib.suppress(OSError):  # a process that has just ended has no memory
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    return 0
