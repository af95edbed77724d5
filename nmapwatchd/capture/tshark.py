"""pyshark's tshark, reading a capture from a pipe and writing one line a candidate."""

import asyncio
import os
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from packaging.version import Version
from pyshark.capture.capture import Capture

from nmapwatchd.capture.decode import AGGREGATOR, SEPARATOR
from nmapwatchd.capture.stderr_lines import next_line
from nmapwatchd.capture.subprocesses import OWN_GROUP, end
from nmapwatchd.filters.dissection import Dissection

# The oldest tshark whose filters and output are understood: Debian 12's.
OLDEST = Version("4.0")
# Bytes read from tshark at once.
CHUNK = 1 << 16
# A line longer than this is not a frame of a LAN: 64 kB of payload are 200 kB of hexadecimal.
MAXIMUM_LINE = 1 << 20
KEPT_LINES = 8

# The dissectors read hostile bytes: no privilege of the parent reaches them.
CONFINED = ("setpriv", "--no-new-privs", "--inh-caps=-all", "--ambient-caps=-all")
CONFINED_ROOT = (
    *CONFINED, "--bounding-set=-all", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
)  # fmt: skip


class PipedTshark(Capture):  # type: ignore[misc]  # pyshark has no type hints
    """
    One tshark of pyshark's making.

    pyshark's own captures start a dumpcap, keep a copy of the pipe that hides its end, and parse
    whole trees in a way that a single odd frame ends; this one reads a pipe that nobody else holds,
    has tshark write the wanted fields only, and hands out lines.
    """

    def __init__(
        self, dissection: Dissection, columns: Sequence[str], version: Version, profile: Path
    ) -> None:
        fields = [word for column in columns for word in ("-e", column)]
        super().__init__(
            display_filter=dissection.display_filter,
            eventloop=asyncio.get_running_loop(),
            override_prefs=dict(dissection.preferences),
            custom_parameters=[
                "-r",
                "-",
                "-T",
                "fields",
                "-E",
                f"separator={SEPARATOR}",
                "-E",
                f"aggregator={AGGREGATOR}",
                *fields,
            ],
        )
        self._version = version
        self._profile = profile
        self._said: deque[str] = deque(maxlen=KEPT_LINES)
        self._process: Process | None = None

    def _get_tshark_version(self) -> Version:
        return self._version

    async def start(self, source: int) -> None:
        """Start tshark on a pipe, given by its file descriptor."""
        confined = CONFINED_ROOT if os.geteuid() == 0 else CONFINED
        self._process = await asyncio.create_subprocess_exec(
            *confined, self._get_tshark_path(), "-l", "-n", *self.get_parameters(),
            stdin=source, stdout=PIPE, stderr=PIPE, process_group=OWN_GROUP,
            env={**os.environ, "WIRESHARK_CONFIG_DIR": str(self._profile), "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
        self._create_stderr_handling_task(self._process.stderr)

    async def _handle_process_stderr_forever(self, stderr: asyncio.StreamReader) -> None:
        while line := await next_line(stderr):
            text = line.decode("utf-8", "backslashreplace").strip()
            if text and not text.startswith("Running as user"):
                self._said.append(text)

    @property
    def is_started(self) -> bool:
        """Whether there is a process."""
        return self._process is not None

    @property
    def pid(self) -> int:
        """The process, which dissects."""
        assert self._process is not None
        return self._process.pid

    @property
    def last_words(self) -> str:
        """What tshark said last, without its name."""
        return self._said[-1].removeprefix("tshark: ") if self._said else ""

    async def batches(self) -> AsyncIterator[list[bytes]]:
        """Yield lines as they come, as many at once as are there; end when tshark ends."""
        assert self._process is not None
        assert self._process.stdout is not None
        rest = b""
        while chunk := await self._process.stdout.read(CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > MAXIMUM_LINE:
                rest = b""
            yield [line for line in lines if line]

    async def wait(self) -> int:
        """Wait until tshark ends, and for all it said; return its exit status."""
        assert self._process is not None
        await asyncio.gather(*self._stderr_handling_tasks)
        return await self._process.wait()

    async def stop(self) -> None:
        """End the process; what it has written and nobody read is thrown away."""
        if self._process is None:
            return
        # asyncio takes a process for ended only when its pipes are, and those that are full are
        # not read by themselves.
        throwing_away = asyncio.create_task(self._throw_away())
        await end(self._process)
        await throwing_away
        await self.wait()

    async def _throw_away(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        while await self._process.stdout.read(CHUNK):
            continue
