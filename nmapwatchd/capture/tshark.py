"""Run pyshark's tshark on a pipe; it writes one line per candidate."""

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
from nmapwatchd.capture.subprocesses import DEAF, OWN_GROUP, end
from nmapwatchd.filters.dissection import Dissection

# The oldest tshark whose filters and output are supported: Debian 12's.
OLDEST = Version("4.0")
# Bytes read from tshark at a time.
CHUNK = 1 << 16
# A line longer than this is not a frame of a LAN: 64 kB of payload are 200 kB of hexadecimal.
MAXIMUM_LINE = 1 << 20
# Last lines of standard error kept to explain its end.
KEPT_LINES = 8

# The dissectors read hostile bytes: no privilege of the parent reaches them.
CONFINED = ("setpriv", "--no-new-privs", "--inh-caps=-all", "--ambient-caps=-all")
CONFINED_ROOT = (
    *CONFINED, "--bounding-set=-all", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
)  # fmt: skip


class PipedTshark(Capture):  # type: ignore[misc]  # pyshark has no type hints
    """
    One tshark, with the command line that pyshark builds.

    pyshark's own captures start a dumpcap, keep a copy of the pipe that hides its end, and parse
    whole trees in a way that a single odd frame ends; this one reads a pipe that no other process
    holds open, has tshark write the required fields only, and yields lines.

    Args:
        dissection: the display filter and the preferences.
        columns: the fields to write, in order.
        version: tshark's version.
        profile: a directory with tshark's configuration.
    """

    def __init__(
        self, dissection: Dissection, columns: Sequence[str], version: Version, profile: Path
    ) -> None:
        fields = [word for column in columns for word in ("-e", column)]
        decode_as = [word for rule in dissection.decode_as for word in ("-d", rule)]
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
                *decode_as,
            ],
        )
        self._version = version
        self._profile = profile
        self._errors: deque[str] = deque(maxlen=KEPT_LINES)
        self._process: Process | None = None

    def _get_tshark_version(self) -> Version:
        return self._version

    async def start(self, source: int) -> None:
        """
        Start tshark.

        Args:
            source: the descriptor from which it reads a capture.
        """
        confined = CONFINED_ROOT if os.geteuid() == 0 else CONFINED
        self._process = await asyncio.create_subprocess_exec(
            *DEAF, *confined, self._get_tshark_path(), "-l", "-n", *self.get_parameters(),
            stdin=source, stdout=PIPE, stderr=PIPE, process_group=OWN_GROUP,
            env={**os.environ, "WIRESHARK_CONFIG_DIR": str(self._profile), "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
        self._create_stderr_handling_task(self._process.stderr)

    async def _handle_process_stderr_forever(self, stderr: asyncio.StreamReader) -> None:
        while line := await next_line(stderr):
            text = line.decode("utf-8", "backslashreplace").strip()
            if text and not text.startswith("Running as user"):
                self._errors.append(text)

    @property
    def pid(self) -> int | None:
        """Its process ID, None before it is started."""
        return None if self._process is None else self._process.pid

    @property
    def last_error(self) -> str:
        """The last line of tshark's standard error, without its name, or ''."""
        return self._errors[-1].removeprefix("tshark: ") if self._errors else ""

    async def batches(self) -> AsyncIterator[list[bytes]]:
        """Yield all complete lines of each chunk that tshark writes, until it ends."""
        assert self._process is not None
        assert self._process.stdout is not None
        rest = b""
        while chunk := await self._process.stdout.read(CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > MAXIMUM_LINE:
                rest = b""
            yield [line for line in lines if line]

    async def wait(self) -> int:
        """Wait until tshark ends, and its standard error; return its exit status."""
        assert self._process is not None
        await asyncio.gather(*self._stderr_handling_tasks)
        return await self._process.wait()

    async def stop(self) -> None:
        """End the process; output that was not read is discarded."""
        if self._process is None:
            return
        # asyncio regards a process as ended only when its pipes are, and does not read those that
        # are full.
        discarding = asyncio.create_task(self._discard_output())
        await end(self._process)
        await discarding
        await self.wait()

    async def _discard_output(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        while await self._process.stdout.read(CHUNK):
            continue
