"""A lane is one way from the wire to observations: front end, tshark, decode."""

import asyncio
import os
import shutil
import signal
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from nmapwatchd.capture.decode import Decoder, UndecodableError, source_prefixes
from nmapwatchd.capture.file_format import HEAD, filterable
from nmapwatchd.capture.liveness import Liveness
from nmapwatchd.capture.process import CaptureProcess, OnTopTalker
from nmapwatchd.capture.stats import CaptureStats
from nmapwatchd.capture.tshark import PipedTshark
from nmapwatchd.capture.tshark_install import TsharkInstall
from nmapwatchd.core import canary
from nmapwatchd.core.observation import Observation
from nmapwatchd.errors import CaptureError
from nmapwatchd.filters.compiled import CompiledFilters

# Bytes copied at once from standard input: the size of a Linux pipe.
COPY = 1 << 16
# Seconds without a word from the capture process, which reports all the time, or from tshark, which
# has a pulse each second, that are too long.
SILENCE_SECONDS = 3.5
# Seconds that a new tshark has to begin while the old one does its work; nothing is lost meanwhile,
# but a second one takes memory.
SUCCESSION_SECONDS = 10.0
# Seconds within which a capture process that works says something.
WORD_SECONDS = 1.0
# How a line begins that may be a pulse.
_OURS = source_prefixes((canary.SOURCE,))


class CapturePipeline:
    """
    Two processes joined by a pipe that this one does not hold, so that its end is seen.

    Args:
        name: the interface, or the capture file, as observations name it.
        filters: what to look for.
        tools: what to look with.
    """

    def __init__(self, name: str, filters: CompiledFilters, tools: TsharkInstall) -> None:
        self.name = name
        self.handed_on = 0  # observations
        self._lines = 0  # that tshark wrote, pulses left out
        self._undecodable = self._left_out = 0
        self._was_cut_off = self._was_read = False
        self._passed_over: tuple[bytes, ...] = ()
        self._least = 0  # bytes of memory of tshark when it began to write
        self._pulse = Liveness()
        self.filters = filters
        self.process: CaptureProcess | None = None  # none where all of a capture file is dissected
        self._earlier = CaptureStats()  # what the front end had counted when it became this lane's
        self._captured = CaptureStats()  # what it has counted, where it is another's now
        self._decoder = Decoder(name, filters.dissection.fields)
        self._tshark = PipedTshark(
            filters.dissection, self._decoder.columns, tools.version, tools.profile
        )
        self._batches = self._heard()

    async def open_interface(self, on_top_talker: OnTopTalker) -> None:
        """
        Begin to capture on the interface; return when the kernel does.

        Args:
            on_top_talker: called with the source of most frames while the kernel drops some.

        Raises:
            CaptureError: the interface cannot be opened.
        """
        self.process = await CaptureProcess.from_interface(
            self.name, self.filters.kernel, on_top_talker
        )
        await self._begin(self.process)
        self.process.switch_output()

    async def _begin(self, front: CaptureProcess) -> None:
        """Start tshark on an output that the front end prepares."""
        reader, writer = os.pipe()
        try:
            await self._tshark.start(reader)
            front.prepare_output(writer, self._pulse.frame(front.link))
        finally:
            os.close(reader)
            os.close(writer)

    async def begin_beside(self, front: CaptureProcess) -> None:
        """
        Start tshark on what another lane captures; return when it has begun.

        Until then, the better part of a second, that lane goes on, and nothing has to wait.

        Args:
            front: that lane's.

        Raises:
            CaptureError: tshark ended, or did not begin in time.
        """
        try:
            async with asyncio.timeout(SUCCESSION_SECONDS):
                await self._begin(front)
                while not self.flows and (lines := await anext(self._batches, None)) is not None:
                    for line in lines:
                        self._is_pulse(line)
        except TimeoutError:
            raise CaptureError(f"{self.name}: tshark does not begin") from None
        if not self.flows:
            raise CaptureError(f"{self.name}: {self.last_words}")

    def succeed(self, lane: "CapturePipeline", sources: Sequence[str]) -> None:
        """
        Take over what another lane captures, from the next frame on.

        Args:
            lane: it, beside which this one has begun.
            sources: whom to pass over.
        """
        front = lane.give_up()
        self._earlier = front.counts
        self.process = front
        front.switch_output()
        self._refilter(sources)

    def give_up(self) -> CaptureProcess:
        """Let another lane have the process that captures; tshark ends when it has read all."""
        assert self.process is not None
        front, self.process = self.process, None
        self._captured = front.counts
        return front

    async def open_capture(self, file: BinaryIO) -> None:
        """
        Begin to read a capture.

        Raises:
            CaptureError: it is empty.
        """
        head = file.read(HEAD)
        if not head:
            raise CaptureError(f"{self.name}: is empty")
        filtered = filterable(head, file, self.filters.kernel)
        source = _source(head, file)
        if not filtered:
            try:
                await self._tshark.start(source)
            finally:
                os.close(source)
            return
        reader, writer = os.pipe()
        try:
            self.process = await CaptureProcess.from_file(source, self.filters.kernel, writer)
            await self._tshark.start(reader)
        finally:
            for descriptor in (source, reader, writer):
                os.close(descriptor)

    async def observations(self) -> AsyncIterator[list[Observation]]:
        """Yield observations as they come, until a process ends."""
        decode = self._decoder.decode
        async for lines in self._batches:
            batch = []
            for line in lines:
                if line.startswith(_OURS) and self._is_pulse(line):
                    continue
                self._lines += 1
                if self._passed_over and line.startswith(self._passed_over):
                    self._left_out += 1
                    continue
                try:
                    batch.append(decode(line))
                except UndecodableError:
                    self._undecodable += 1
            self.handed_on += len(batch)
            yield batch
        self._was_read = True

    async def _heard(self) -> AsyncIterator[list[bytes]]:
        """Yield what tshark writes, and take note that it does."""
        async for lines in self._tshark.batches():
            self._pulse.heard_at = time.monotonic()
            self._least = self._least or self._memory()
            yield lines

    def _is_pulse(self, line: bytes) -> bool:
        with suppress(UndecodableError):
            return self._pulse.take(self._decoder.decode(line).payload)
        return False

    def shed(self, sources: Sequence[str]) -> None:
        """Let nothing of these through any more; what is on its way is dropped unread."""
        if source_prefixes(sources) != self._passed_over:
            self._refilter(sources)

    def _refilter(self, sources: Sequence[str]) -> None:
        self._passed_over = source_prefixes(sources)
        if self.process is not None:
            self.process.set_filter(self.filters.without_sources(self.process.link, sources))

    async def end(self) -> None:
        """
        Wait for the processes to end.

        Raises:
            CaptureError: one of them did not read to the end; the message says why.
        """
        if self.process is not None and await self.process.wait() != 0:
            raise CaptureError(f"{self.name}: {self.process.last_error}")
        if await self._tshark.wait() != 0:
            raise CaptureError(f"{self.name}: {self._tshark.last_words}")

    @property
    def counts(self) -> CaptureStats:
        """What became of frames so far."""
        kernel = (self.process.counts if self.process else self._captured) - self._earlier
        held = max(0, kernel.frames - kernel.dropped - self._lines)
        return replace(
            kernel,
            undecodable=self._undecodable,
            shed=self._left_out,
            lost_at_handover=held if self._was_cut_off and self._was_read else 0,
        )

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes: the one that captures, the one that dissects."""
        front = (self.process.pid,) if self.process else ()
        return (*front, self._tshark.pid) if self._tshark.is_started else front

    def has_grown(self, most: int) -> bool:
        """Tell whether tshark has more than so many bytes more than when it began to write."""
        return 0 < self._least < self._memory() - most

    def _memory(self) -> int:
        """Return the bytes that tshark shares with nobody; 0 where it has ended (proc(5))."""
        # It may just have ended.
        with suppress(OSError):
            for line in Path(f"/proc/{self._tshark.pid}/status").read_text().splitlines():
                if line.startswith("RssAnon:"):
                    return int(line.split()[1]) << 10
        return 0

    @property
    def flows(self) -> bool:
        """Whether something has come through both processes."""
        return self._pulse.is_felt

    @property
    def behind(self) -> float:
        """Seconds by which what comes out of tshark is behind the wire; 0 before it begins."""
        return self._pulse.behind

    def fault(self) -> str:
        """Tell which process lives but does not work, or ''."""
        now = time.monotonic()
        silent = now - self.process.last_output_at if self.process is not None else 0.0
        if silent > SILENCE_SECONDS:
            return "the capture process does not answer"
        if self._tshark.is_started and _is_stopped(self._tshark.pid):
            return "tshark is stopped"
        if self._pulse.is_overdue:
            return "tshark does not begin"
        # Without the one process nothing comes out of the other.
        pulseless = now - self._pulse.heard_at > SILENCE_SECONDS
        if self.behind and pulseless and silent < WORD_SECONDS:
            return "tshark does not answer"
        return ""

    @property
    def last_words(self) -> str:
        """What the processes said last."""
        front = self.process.last_error if self.process else ""
        return front or self._tshark.last_words or "a process of the capture ended"

    async def finish(self) -> None:
        """Capture no more; tshark ends by itself when it has written what it holds."""
        if self.process is not None and not await self.process.finish():
            self._was_cut_off = True

    def lost_at_handover(self) -> None:
        """End both processes at once, and count what they hold as lost."""
        self._was_cut_off = True
        self.kill()

    def kill(self) -> None:
        """End both processes at once, whatever state they are in."""
        for pid in self.pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    async def stop(self) -> None:
        """End both processes."""
        if self.process is not None:
            await self.process.close()
        await self._tshark.stop()


def _is_stopped(pid: int) -> bool:
    """Tell whether a process exists, but is stopped (proc(5), /proc/pid/stat)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "Tt"
    except OSError:
        return False


def _source(head: bytes, file: BinaryIO) -> int:
    """
    Return a file descriptor from which a capture can be read from its start.

    What reads it has no right to open the file, and a pipe that has lost its head has to be
    written anew.
    """
    if file.seekable():
        source = os.dup(file.fileno())
        os.lseek(source, 0, os.SEEK_SET)
        return source
    reader, writer = os.pipe()

    def copy() -> None:
        # The reader may end before the capture does.
        with suppress(BrokenPipeError), os.fdopen(writer, "wb", buffering=0) as pipe:
            pipe.write(head)
            shutil.copyfileobj(file, pipe, COPY)

    threading.Thread(target=copy, daemon=True).start()
    return reader
