"""Supervise one interface: reopen its pipeline when it ends."""

import asyncio
import time
from collections.abc import Callable

import structlog

from nmapwatchd.capture.draining import DRAIN_SECONDS, DrainingPipeline
from nmapwatchd.capture.error_barrier import ErrorBarrier, Observer
from nmapwatchd.capture.interface_source import InterfaceSource
from nmapwatchd.capture.limitation import Limitation
from nmapwatchd.capture.link import link_state
from nmapwatchd.capture.outages import Outages, Reporter
from nmapwatchd.capture.pipeline import CapturePipeline
from nmapwatchd.capture.process import OnTopTalker
from nmapwatchd.capture.stats import CaptureStats
from nmapwatchd.capture.tshark_install import TsharkInstall
from nmapwatchd.core.shedding import NONE_SHED, ShedSources
from nmapwatchd.errors import CaptureError
from nmapwatchd.filters.compiled import CompiledFilters

# Seconds between two attempts to open an interface: at first, and at most. A sensor shall recover
# within 5 s of the cause's end.
INITIAL_BACKOFF = 0.25
MAXIMUM_BACKOFF = 2.0
# Seconds between two checks whether an interface that is absent or down can be opened.
ABSENT_POLL_SECONDS = 0.25
# Seconds between two polls after which the children are not blamed: the service itself was stopped.
LATE_SECONDS = 3.0

_log = structlog.get_logger()


class InterfaceSupervisor:
    """
    Keeps one interface captured.

    Args:
        interface: its name.
        filters: the filters to capture and dissect with.
        tshark_install: the tshark to run.
        observe: called with every candidate.
        on_blind: called with the interface and the reason.
        on_recovered: called with the interface, and the duration and reason of the outage that is
            over.
        on_top_talker: called with the source of most frames while the kernel drops some.
        on_limited: called with the interface and what hides a share of its frames.
    """

    def __init__(
        self,
        interface: str,
        filters: CompiledFilters,
        tshark_install: TsharkInstall,
        *,
        observe: Observer,
        on_blind: Reporter,
        on_recovered: Reporter,
        on_top_talker: OnTopTalker,
        on_limited: Reporter,
    ) -> None:
        self.interface = interface
        self.limitation = Limitation()
        self.tshark_restarts = 0
        self._filters, self._tshark_install = filters, tshark_install
        self._barrier = ErrorBarrier(observe)
        self._outages = Outages(interface, on_blind, on_recovered)
        self._source = InterfaceSource(interface, filters, on_top_talker, self.limitation.add)
        self._pipeline = CapturePipeline(self._source, filters, tshark_install)
        self._draining: DrainingPipeline | None = None  # the one before, until it is read
        self._on_top_talker, self._on_limited = on_top_talker, on_limited
        self._is_reopening = self._is_closing = False
        self._shed = NONE_SHED
        self._index = 0  # of the interface
        self._polled_at = float("inf")
        self._ended = CaptureStats()  # of pipelines that have ended
        self._task: asyncio.Task[None] | None = None
        self._replacing = asyncio.Lock()
        self._growth_replacement: asyncio.Task[None] | None = None

    @property
    def is_capturing(self) -> bool:
        """Whether the interface is up and its frames pass the capture process and tshark."""
        return self._outages.is_capturing

    @property
    def outage_reason(self) -> str:
        """Why the interface is not captured, or ''."""
        if self.is_capturing:
            return ""
        return link_state(self.interface).error or self._outages.last_reason

    @property
    def is_flowing(self) -> bool:
        """Whether something has come through the pipeline in use."""
        return self._pipeline.health.is_flowing and not self._is_reopening

    @property
    def counts(self) -> CaptureStats:
        """Counters since the start."""
        counts = self._ended + self._pipeline.counts
        if self._draining is not None:
            counts += self._draining.pipeline.counts
        return counts + CaptureStats(undecodable=self._barrier.skipped)

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes of the pipeline in use."""
        return self._pipeline.pids

    def diagnosis_since(self) -> Callable[[], str]:
        """Return a function that explains why a frame sent from now on was not observed."""
        pipeline, outages = self._pipeline, self._outages.count
        frames, observations = pipeline.counts.frames, pipeline.observation_count

        def diagnosis() -> str:
            if not self.is_capturing:
                return f"blind: {self._outages.last_reason}"
            if self._outages.count > outages:
                return f"was blind meanwhile: {self._outages.last_reason}"
            if self._pipeline is not pipeline:
                return "its tshark was replaced meanwhile"
            new_frames = pipeline.counts.frames - frames
            if pipeline.observation_count > observations:
                return "other candidates were observed, the request was not"
            if new_frames:
                return f"{new_frames} frames came from the kernel, and nothing from tshark"
            return "nothing came from the kernel"

        return diagnosis

    async def open(self) -> None:
        """
        Open the interface for the first time, and start to read.

        An interface that cannot be opened is an outage, which the first poll reports: it may appear
        at any time, and it is opened then.
        """
        link = link_state(self.interface)
        error = "" if link.can_be_opened else link.error
        try:
            if link.can_be_opened:
                await self._pipeline.open()
        except CaptureError as failure:
            error = link.error or str(failure)
        self._outages.start(error)
        self._is_reopening = bool(error)
        self._polled_at = time.monotonic()
        self._index = link.index
        self._task = asyncio.create_task(self._run(), name=f"capture {self.interface}")

    @property
    def thinning_factor(self) -> int:
        """One in so many frames that anyone can forge passes the kernel filter."""
        return self._source.thinning_factor

    def shed(self, sources: ShedSources) -> None:
        """Shed these sources, and no others, until the next call."""
        self._shed = sources
        self._pipeline.shed(self._shed)

    async def replace(self, filters: CompiledFilters | None = None) -> None:
        """
        Replace tshark by a new one, such that each frame goes to one of the two.

        The old one continues until the new one has started. During an outage, nothing is replaced,
        but the next pipeline uses the filters.

        Args:
            filters: those to capture and dissect with from now on; None for the present ones.

        Raises:
            CaptureError: the new tshark does not start; the old one continues.
        """
        async with self._replacing:
            await self._drained()
            filters = filters or self._filters
            if not self._is_reopening:
                await self._replace_pipeline(filters)
            self._filters = filters

    async def _replace_pipeline(self, filters: CompiledFilters) -> None:
        old, source = self._pipeline, self._source.successor(filters)
        new = CapturePipeline(source, filters, self._tshark_install)
        try:
            await new.prepare()
            if self._is_reopening or self._pipeline is not old:
                raise CaptureError(f"{self.interface}: {old.last_error}")
        except BaseException:
            await new.stop()
            raise
        self._put_in_use(source, new)
        new.take_over(self._shed)

    def _put_in_use(self, source: InterfaceSource, pipeline: CapturePipeline) -> None:
        """Use a new pipeline; the one before is read to its end first."""
        self._draining = DrainingPipeline(self._pipeline)
        self._source, self._pipeline = source, pipeline
        self.tshark_restarts += 1

    async def _drained(self) -> None:
        """Wait until the pipeline before is read to its end; abandon it if that takes too long."""
        while self._draining is not None:
            self._draining.enforce_deadline()
            await asyncio.sleep(0.05)

    async def poll(self) -> None:
        """
        Detect and handle what does not announce itself.

        An interface that is down or has no carrier delivers no frames and no error; nor does one
        that was re-created with the same name, or a process that lives but does not work.
        """
        self._outages.report_start()
        if hidden := self.limitation.update(self._filters.wrappings):
            self._on_limited(self.interface, hidden)
        link, health = link_state(self.interface), self._pipeline.health
        is_late = time.monotonic() - self._polled_at > LATE_SECONDS
        self._polled_at = time.monotonic()
        error = "" if is_late or self._draining is not None else health.error()
        if self._draining is not None:
            self._draining.enforce_deadline()
        if self._index != link.index:
            error = "the interface was replaced by another of the same name"
        if link.error:
            self._outages.begin(link.error)  # libpcap waits for it to come back
        elif self._is_reopening:
            return
        elif error:
            self._outages.begin(error)
            self._index = link.index
            self._pipeline.kill()  # and it is reopened
        elif self._draining is None and health.is_lagging and not is_late:
            self._outages.begin(f"tshark lags by {health.lag:.0f} s")  # it catches up by itself
        elif not self.is_capturing:
            if self.is_flowing and health.has_caught_up:
                self._outages.end()
        else:
            self._replace_if_grown()

    def report_absent(self) -> None:
        """Report at once, without a poll, that the interface is absent, if it is."""
        link = link_state(self.interface)
        if not link.index:
            self._outages.begin(link.error)

    def _replace_if_grown(self) -> None:
        """Start to replace a tshark that has grown, in the background."""
        if self._growth_replacement is not None and self._growth_replacement.done():
            self._growth_replacement.result()
            self._growth_replacement = None
        has_grown = self._draining is None and self._pipeline.health.has_grown
        if has_grown and self._growth_replacement is None:
            self._growth_replacement = asyncio.create_task(
                self._replace_grown(), name=f"replace tshark of {self.interface}"
            )

    async def _replace_grown(self) -> None:
        _log.info("tshark memory limit reached, replacing it", interface=self.interface)
        try:
            await self.replace()
        except CaptureError as error:
            _log.error("tshark replacement failed", error=str(error))

    async def close(self) -> None:
        """Stop capturing, when what was captured is read or the time for that is over."""
        if self._growth_replacement is not None:
            self._growth_replacement.cancel()
            await asyncio.wait({self._growth_replacement})
        if self._task is not None and not self._is_reopening:
            self._is_closing = True
            finishing = asyncio.create_task(self._pipeline.finish())
            _, late = await asyncio.wait({self._task, finishing}, timeout=DRAIN_SECONDS)
            if late:
                self._pipeline.abandon()
            await finishing
            await asyncio.wait({self._task}, timeout=INITIAL_BACKOFF)  # for what it wrote before
        while self._task is not None and not self._task.done():
            self._task.cancel()  # repeatedly: Python 3.11's wait_for() can lose it
            await asyncio.wait({self._task}, timeout=INITIAL_BACKOFF)
        await self._pipeline.stop()

    async def _run(self) -> None:
        if self._is_reopening:  # it could not be opened
            await self._reopen(self._pipeline)
            self._draining = None
        while True:
            pipeline = self._pipeline
            async for batch in pipeline.observations():
                for observation in batch:
                    self._barrier.observe(observation)
            if pipeline is self._pipeline:
                if self._is_closing:
                    return
                await self._reopen(pipeline)
            await pipeline.stop()
            self._draining = None
            self._ended += pipeline.counts

    async def _reopen(self, ended: CapturePipeline) -> None:
        """Open another pipeline after one that ended by itself; retry until that succeeds."""
        self._is_reopening = True
        await ended.stop()
        self._outages.begin(link_state(self.interface).error or ended.last_error)
        logged, delay = "", INITIAL_BACKOFF
        while self._pipeline is ended:
            if not link_state(self.interface).can_be_opened:
                # Without the start of a process: it may be absent or down for days.
                await asyncio.sleep(ABSENT_POLL_SECONDS)
                continue
            filters = self._filters
            source = InterfaceSource(
                self.interface, filters, self._on_top_talker, self.limitation.add
            )
            new = CapturePipeline(source, filters, self._tshark_install)
            try:
                await new.open()
            except CaptureError as error:
                await new.stop()
                if str(error) != logged:
                    logged = str(error)
                    _log.warning("still blind, retrying", error=logged)
                await asyncio.sleep(delay)
                delay = min(delay * 2, MAXIMUM_BACKOFF)
                continue
            except asyncio.CancelledError:
                await new.stop()
                raise
            if filters is not self._filters:  # replaced meanwhile
                await new.stop()
                continue
            self._put_in_use(source, new)
            new.shed(self._shed)
        self._index = link_state(self.interface).index
        self._is_reopening = False
