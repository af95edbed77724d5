"""The capture front end: a tcpdump that filters in the kernel, or a file with the same filter."""

import asyncio
import contextlib
import re
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import deque
from dataclasses import dataclass

from nmapwatchd.errors import CaptureError

TCPDUMP = "tcpdump"

# KiB of kernel buffer for one interface: holds half a second of a 10 Gbit/s burst of candidates.
BUFFER_KIB = 65_536
# Bytes captured of a frame. What nmap writes first is shorter; and the kernel's ring is cut into
# slots of this size where the card joins segments, so that more would mean fewer slots.
SNAPSHOT = 4_096
# Seconds that tcpdump has to open an interface.
OPEN_SECONDS = 10.0
# Seconds that a child has to end by itself before it is killed.
END_SECONDS = 2.0
# Lines of standard error kept to explain an end.
KEPT_LINES = 8

_COUNTS = re.compile(r"(\d+) packets? (received by filter|dropped by kernel|captured)")


@dataclass(frozen=True, slots=True)
class Counts:
    """What the kernel reports of one interface since it was opened."""

    frames: int = 0
    dropped: int = 0


class FrontEnd:
    """One tcpdump whose output goes to a pipe that only the next process holds."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._listening = asyncio.Event()
        self._counts: dict[str, int] = {}
        self._reader = asyncio.create_task(self._read_errors())

    @classmethod
    async def live(cls, interface: str, text: str, output: int) -> "FrontEnd":
        """
        Open an interface; return when the kernel captures on it.

        Args:
            interface: its name.
            text: the kernel filter.
            output: file descriptor to write the capture to.

        Raises:
            CaptureError: tcpdump could not open it; the message is tcpdump's own.
        """
        front = await cls._start(
            ["-i", interface, "--immediate-mode", "-U", "-B", str(BUFFER_KIB), "-s", str(SNAPSHOT)],
            text, DEVNULL, output,
        )  # fmt: skip
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(OPEN_SECONDS):
                await front._listening.wait()
        if front._listening.is_set() and front._process.returncode is None:
            return front
        await front.close()
        raise CaptureError(f"{interface}: {front.last_words or 'tcpdump did not open it'}")

    @classmethod
    async def file(cls, source: int, text: str, output: int) -> "FrontEnd":
        """Filter the capture that is read from a file descriptor."""
        return await cls._start(["-r", "-"], text, source, output)

    @classmethod
    async def _start(cls, arguments: list[str], text: str, source: int, output: int) -> "FrontEnd":
        process = await asyncio.create_subprocess_exec(
            TCPDUMP, "-n", "--nano", *arguments, "-w", "-", text,
            stdin=source, stdout=output, stderr=PIPE,
        )  # fmt: skip
        return cls(process)

    @property
    def pid(self) -> int:
        """The capture process."""
        return self._process.pid

    @property
    def last_words(self) -> str:
        """What tcpdump said last, without its name."""
        said = [line for line in self._lines if not _COUNTS.search(line)]
        return said[-1].removeprefix("tcpdump: ") if said else ""

    async def wait(self) -> int:
        """Wait until the process ends, and for all it said; return its exit status."""
        await self._reader
        return await self._process.wait()

    def ask_counts(self) -> None:
        """Ask for the counts; they arrive on standard error within milliseconds."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGUSR1)

    @property
    def counts(self) -> Counts:
        """The counts that were last reported."""
        return Counts(
            self._counts.get("received by filter", 0), self._counts.get("dropped by kernel", 0)
        )

    async def close(self) -> None:
        """End the process."""
        if self._process.returncode is None:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), END_SECONDS)
            except TimeoutError:
                self._process.kill()
        await self._reader

    async def _read_errors(self) -> None:
        assert self._process.stderr is not None
        while line := await self._process.stderr.readline():
            text = line.decode("utf-8", "backslashreplace").strip()
            for number, what in _COUNTS.findall(text):
                self._counts[what] = int(number)
            if "listening on" in text:
                self._listening.set()
            elif text and not text.startswith("reading from"):
                self._lines.append(text)
        self._listening.set()
