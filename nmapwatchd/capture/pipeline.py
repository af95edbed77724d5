"""Capture pipeline: a source, tshark, decoder."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace

from nmapwatchd.capture.decode import Decoder, UndecodableError, source_prefixes
from nmapwatchd.capture.health import PipelineHealth
from nmapwatchd.capture.shed_lines import ShedLines
from nmapwatchd.capture.source import CaptureSource
from nmapwatchd.capture.stats import CaptureStats
from nmapwatchd.capture.tshark import PipedTshark
from nmapwatchd.capture.tshark_install import TsharkInstall
from nmapwatchd.core import canary
from nmapwatchd.core.observation import Observation
from nmapwatchd.core.shedding import ShedSources
from nmapwatchd.errors import CaptureError
from nmapwatchd.filters.compiled import CompiledFilters

# Seconds that a new tshark has to start while the old one continues; nothing is lost meanwhile, but
# a second one takes memory.
REPLACEMENT_SECONDS = 10.0
# The start of a line that may be a canary.
_CANARY_PREFIX = source_prefixes((canary.SOURCE,))


class CapturePipeline:
    """
    A source and a tshark, joined by a pipe that the service does not hold open, so that it ends.

    Args:
        source: delivers frames; its name is that of the observations' interface.
        filters: what tshark is to dissect.
        tshark_install: the tshark to run.
    """

    def __init__(
        self, source: CaptureSource, filters: CompiledFilters, tshark_install: TsharkInstall
    ) -> None:
        self.name = source.name
        self.observation_count = 0
        self._source = source
        self._line_count = 0  # that tshark wrote, without canaries
        self._undecodable = self._shed = 0  # lines
        self._was_killed = self._was_read_to_end = False
        self._shed_lines = ShedLines()
        self._decoder = Decoder(self.name, filters.dissection.fields)
        self._tshark = PipedTshark(
            filters.dissection,
            self._decoder.columns,
            tshark_install.version,
            tshark_install.profile,
        )
        self.health = PipelineHealth(source, self._tshark)
        self._batches = self._read_batches()

    async def open(self) -> None:
        """
        Open the source and start tshark; the source delivers when this returns.

        Raises:
            CaptureError: the source cannot be opened, or tshark cannot be started.
        """
        await self._start_tshark()
        self._source.start()

    async def _start_tshark(self) -> None:
        try:
            descriptor = await self._source.open(self.health.canary.frame)
            try:
                await self._tshark.start(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:  # no memory, process or descriptor is left: later there may be
            raise CaptureError(f"{self.name}: {error.strerror}") from error

    async def prepare(self) -> None:
        """
        Open the source and start tshark, but deliver no frames yet; return when a canary came out.

        Until then, the better part of a second, the pipeline to be replaced continues.

        Raises:
            CaptureError: tshark ended, or did not start in time.
        """
        try:
            async with asyncio.timeout(REPLACEMENT_SECONDS):
                await self._start_tshark()
                await self._read_canary()
        except TimeoutError:
            raise CaptureError(f"{self.name}: tshark did not start in time") from None
        if not self.health.is_flowing:
            raise CaptureError(f"{self.name}: {self.last_error}")

    async def _read_canary(self) -> None:
        while not self.health.is_flowing:
            lines = await anext(self._batches, None)
            if lines is None:
                return
            for line in lines:
                self._is_canary(line)

    def take_over(self, shed: ShedSources) -> None:
        """
        Deliver frames from now on, when prepared, instead of the pipeline that is replaced.

        Args:
            shed: sources whose frames to limit or drop.
        """
        self._source.start()
        self._set_shed(shed)

    async def observations(self) -> AsyncIterator[list[Observation]]:
        """Yield observations in batches, until tshark ends."""
        decode = self._decoder.decode
        async for lines in self._batches:
            batch = []
            for line in lines:
                if line.startswith(_CANARY_PREFIX) and self._is_canary(line):
                    continue
                self._line_count += 1
                shed = self._shed_lines
                if shed.prefixes and line.startswith(shed.prefixes) and shed.is_dropped(line):
                    self._shed += 1
                    continue
                try:
                    batch.append(decode(line))
                except UndecodableError:
                    self._undecodable += 1
            self.observation_count += len(batch)
            yield batch
        self._was_read_to_end = True

    async def _read_batches(self) -> AsyncIterator[list[bytes]]:
        async for lines in self._tshark.batches():
            self.health.record_output()
            yield lines

    def _is_canary(self, line: bytes) -> bool:
        with suppress(UndecodableError):
            return self.health.canary.accept(self._decoder.decode(line).payload)
        return False

    def shed(self, sources: ShedSources) -> None:
        """Shed these sources, and no others; discard most of what is on its way."""
        if sources != self._shed_lines.sources:
            self._set_shed(sources)

    def _set_shed(self, sources: ShedSources) -> None:
        self._shed_lines = ShedLines(sources)
        self._source.shed(sources)

    async def end(self) -> None:
        """
        Wait for the processes to end.

        Raises:
            CaptureError: one of them did not read to the end; the message says why.
        """
        await self._source.end()
        if await self._tshark.wait() != 0:
            raise CaptureError(f"{self.name}: {self._tshark.last_error}")

    @property
    def counts(self) -> CaptureStats:
        """Counters so far."""
        kernel = self._source.counts
        held = max(0, kernel.frames - kernel.dropped - self._line_count)
        return replace(
            kernel,
            undecodable=self._undecodable,
            shed=self._shed,
            lost_at_handover=held if self._was_killed and self._was_read_to_end else 0,
        )

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes: the capture process, if any, and tshark."""
        tshark = () if self._tshark.pid is None else (self._tshark.pid,)
        return (*self._source.pids, *tshark)

    @property
    def last_error(self) -> str:
        """The last error that one of the processes reported."""
        return (
            self._source.last_error
            or self._tshark.last_error
            or "the capture process or tshark ended"
        )

    async def finish(self) -> None:
        """Stop capturing; tshark ends by itself when it has written what it holds."""
        if not await self._source.finish():
            self._was_killed = True

    def abandon(self) -> None:
        """Kill the processes, and count what they hold as lost."""
        self._was_killed = True
        self.kill()

    def kill(self) -> None:
        """Kill the processes, whatever state they are in."""
        for pid in self.pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    async def stop(self) -> None:
        """End the processes."""
        await self._source.close()
        await self._tshark.stop()
