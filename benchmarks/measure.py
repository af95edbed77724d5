"""Measures the time and memory of a program and of its child processes."""

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

# Seconds between two samples of the memory of a program's processes.
_SAMPLE_SECONDS = 0.1
# Timeout of a program, seconds.
MAXIMUM_SECONDS = 1_800.0


@dataclass(frozen=True, slots=True)
class Cost:
    """
    The cost of one run.

    Args:
        wall: wall-clock seconds.
        cpu: processor seconds of all processes, in user and kernel mode.
        memory: highest sample of the proportional set size of all processes, bytes.
        status: the exit status.
    """

    wall: float
    cpu: float
    memory: int
    status: int


NO_COST = Cost(0.0, 0.0, 0, 0)


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and extremes of several measurements."""

    median: float
    minimum: float
    maximum: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Return the spread of some values."""
        return cls(statistics.median(values), min(values), max(values))


class Program:
    """
    A program under measurement.

    Args:
        command: the command line.
        output: file of its standard output; standard error goes to the same name with `.err`.
        sample_seconds: seconds between two samples of its memory.
    """

    def __init__(
        self, command: Sequence[str], output: Path, sample_seconds: float = _SAMPLE_SECONDS
    ) -> None:
        self.errors = output.with_suffix(".err")
        self._start = time.monotonic()
        with output.open("wb") as out, self.errors.open("wb") as err:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
            )
        self._memory = 0
        self._sample_seconds = sample_seconds
        self._ended = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._sampler.start()

    @property
    def stderr(self) -> str:
        """Its standard error so far."""
        return self.errors.read_text(errors="replace")

    @property
    def is_running(self) -> bool:
        """Whether it still runs; a process that has ended stays waitable."""
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self._process.pid, flags) is None

    @property
    def cpu(self) -> float:
        """Processor seconds so far, of it and its descendants."""
        return sum(map(seconds_of, _process_tree(self._process.pid)))

    @property
    def memory(self) -> int:
        """Proportional set size now, of it and its descendants, bytes."""
        return sum(map(_memory, _process_tree(self._process.pid)))

    def stop(self) -> Cost:
        """Send SIGINT, and wait until it ends."""
        # Not Popen.send_signal, which may reap the process, whose resource usage would be lost. A
        # process that has ended but is not reaped can be signalled.
        os.kill(self._process.pid, signal.SIGINT)
        return self.wait()

    def wait(self) -> Cost:
        """Wait until it ends; return the cost of it and all its descendants."""
        _, status, usage = os.wait4(self._process.pid, 0)
        wall = time.monotonic() - self._start
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self._ended.set()
        self._sampler.join()
        cpu = usage.ru_utime + usage.ru_stime
        return Cost(wall, cpu, self._memory, self._process.returncode)

    def _sample(self) -> None:
        while not self._ended.wait(self._sample_seconds):
            self._memory = max(self._memory, self.memory)
            if time.monotonic() - self._start > MAXIMUM_SECONDS:
                os.killpg(self._process.pid, signal.SIGKILL)
                return


def run(command: Sequence[str], output: Path) -> Cost:
    """Run a program to its end, and return its cost."""
    return Program(command, output).wait()


def seconds_of(pid: int) -> float:
    """Return the processor seconds of a process and of its reaped children."""
    with contextlib.suppress(OSError):  # the parent accounts for a process that has just ended
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _process_tree(pid: int) -> list[int]:
    """Return a process and its descendants."""
    tree = [pid]
    for parent in tree:
        with contextlib.suppress(OSError):  # a process that has just ended has no children
            for task in Path(f"/proc/{parent}/task").iterdir():
                tree += map(int, (task / "children").read_text().split())
    return tree


def _memory(pid: int) -> int:
    with contextlib.suppress(OSError):  # a process that has just ended has no memory
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    return 0
