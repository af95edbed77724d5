"""A watch keeps one interface seen: it opens its lane, and opens another when that one ends."""

import asyncio
import time
from collections.abc import Callable, Sequence

import structlog

from nmapwatchd.capture.draining import DRAIN_SECONDS, DrainingPipeline
from nmapwatchd.capture.error_barrier import ErrorBarrier, Observer
from nmapwatchd.capture.link import link_state
from nmapwatchd.capture.pipeline import CapturePipeline
from nmapwatchd.capture.process import OnTopTalker
from nmapwatchd.capture.stats import CaptureStats
from nmapwatchd.capture.tshark_install import TsharkInstall
from nmapwatchd.errors import CaptureError
from nmapwatchd.filters.compiled import CompiledFilters

# Seconds between two attempts to open an interface: at first, and at most. A sensor shall see
# again within 5 s of the cause's end.
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 2.0
# Bytes that a tshark may grow before it is replaced: what it remembers of conversations, 1 kB each,
# it never forgets. Two of them, for a moment, and all else stay below 400 MB.
MEMORY_GROWTH = 6 << 20
# Seconds behind the wire at which a sensor is as good as blind, and at which it sees again.
BEHIND_SECONDS = 5.0
CAUGHT_UP_SECONDS = 2.0
# Seconds between two looks after which nothing is said of the children: it was us who stood still.
LATE_SECONDS = 3.0

_log = structlog.get_logger()

Reporter = Callable[[str, str], None]


class InterfaceSupervisor:
    """
    One interface.

    Args:
        interface: its name.
        filters: what to look for.
        tools: what to look with.
        observe: told of every candidate.
        blind: told the interface, and why it is not seen any more.
        recovered: told the interface, and why it had not been seen.
        on_top_talker: called with the source of most frames while the kernel drops some.
    """

    def __init__(
        self,
        interface: str,
        filters: CompiledFilters,
        tools: TsharkInstall,
        *,
        observe: Observer,
        blind: Reporter,
        recovered: Reporter,
        on_top_talker: OnTopTalker,
    ) -> None:
        self.interface = interface
        self.tshark_restarts = 0
        self._filters, self._tshark_install = filters, tools
        self._guard, self._blind, self._recovered = ErrorBarrier(observe), blind, recovered
        self._on_top_talker = on_top_talker
        self._lane = CapturePipeline(interface, filters, tools)
        self._seeing = self._reopening = self._closing = False
        self._sources: tuple[str, ...] = ()
        self._index = 0
        self._outages = 0
        self._reason = ""  # of the last one
        self._looked_at = float("inf")
        self._before: DrainingPipeline | None = None  # as long as it is read
        self._ended = CaptureStats()  # of lanes that have ended
        self._task: asyncio.Task[None] | None = None
        self._replacing = asyncio.Lock()
        self._renewal: asyncio.Task[None] | None = None

    @property
    def is_capturing(self) -> bool:
        """Whether the interface is up and what passes there comes through both processes."""
        return self._seeing

    @property
    def counts(self) -> CaptureStats:
        """What became of frames since the start."""
        before = self._before.lane.counts if self._before is not None else CaptureStats()
        left_out = CaptureStats(undecodable=self._guard.skipped)
        return self._ended + before + self._lane.counts + left_out

    @property
    def flows(self) -> bool:
        """Whether something has come through the lane in use."""
        return self._lane.flows and not self._reopening

    def witness(self) -> Callable[[], str]:
        """Return what will tell why something that passes from now on is not seen."""
        lane, outages = self._lane, self._outages
        frames, handed_on = lane.counts.frames, lane.handed_on

        def tell() -> str:
            if not self._seeing:
                return f"blind: {self._reason}"
            if self._outages > outages:
                return f"it was blind meanwhile: {self._reason}"
            if self._lane is not lane:
                return "its tshark was replaced meanwhile"
            came = lane.counts.frames - frames
            if lane.handed_on > handed_on:
                return "others were seen, the request was not"
            if came:
                return f"{came} frames came from the kernel, and nothing out of tshark"
            return "nothing came from the kernel"

        return tell

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes of the lane in use."""
        return self._lane.pids

    async def open(self) -> None:
        """
        Open the interface for the first time, and begin to read.

        Raises:
            CaptureError: it cannot be opened.
        """
        await self._lane.open_interface(self._on_top_talker)
        self._seeing = True
        self._looked_at = time.monotonic()
        self._index = link_state(self.interface).index
        self._task = asyncio.create_task(self._run(), name=f"watch {self.interface}")

    def shed(self, sources: Sequence[str]) -> None:
        """Let nothing of these sources through, until told otherwise."""
        self._sources = tuple(sources)
        self._lane.shed(self._sources)

    async def replace(self, filters: CompiledFilters | None = None) -> None:
        """
        Put a new tshark in the old one's place, so that each frame comes to one of the two.

        The old one does its work until the new one has begun. While the interface is blind, its
        next lane is to look for what is asked for now.

        Raises:
            CaptureError: the new tshark does not begin; the old one goes on.
        """
        async with self._replacing:
            await self._drained()
            old = self._lane
            if not self._reopening:
                assert old.process is not None
                new = CapturePipeline(
                    self.interface, filters or self._filters, self._tshark_install
                )
                try:
                    await new.begin_beside(old.process)
                    if self._reopening or self._lane is not old:
                        raise CaptureError(f"{self.interface}: {old.last_words}")
                except BaseException:
                    await new.stop()
                    raise
                self._put_in_place(new)
                new.succeed(old, self._sources)
            self._filters = filters or self._filters

    def _put_in_place(self, lane: CapturePipeline) -> None:
        """Put a new lane in the place of the one in use, which is read to its end first."""
        self._lane, self._before = lane, DrainingPipeline(self._lane)
        self.tshark_restarts += 1

    async def _drained(self) -> None:
        """Wait until the lane before is read to its end; force it where it does not come to one."""
        while self._before is not None:
            self._force()
            await asyncio.sleep(0.05)

    def _force(self) -> None:
        if self._before is not None:
            self._before.force()

    async def look(self) -> None:
        """
        Notice what does not announce itself, and see to it.

        An interface that is down or has no carrier gives no frames and no error; one that was
        re-created under its name, neither; nor does a process that lives but does not work.
        """
        now = link_state(self.interface)
        late = time.monotonic() - self._looked_at > LATE_SECONDS
        self._looked_at = time.monotonic()
        fault = "" if late or self._before is not None else self._lane.fault()
        self._force()
        if self._index != now.index:
            fault = "the interface was replaced by another of its name"
        if now.error:
            self._lose(now.error)  # libpcap waits for it to come back
        elif self._reopening:
            return
        elif fault:
            self._lose(fault)
            self._index = now.index
            self._lane.kill()  # and another takes its place
        elif self._before is None and self._lane.behind > BEHIND_SECONDS and not late:
            self._lose(f"tshark is {self._lane.behind:.0f} s behind")  # it catches up by itself
        elif not self._seeing:
            if self.flows and self._lane.behind < CAUGHT_UP_SECONDS:
                self._regain()
        else:
            self._see_to_growth()

    def _see_to_growth(self) -> None:
        """Have a tshark replaced that has grown, while all else is looked after."""
        if self._renewal is not None and self._renewal.done():
            self._renewal.result()
            self._renewal = None
        grown = self._before is None and self._lane.has_grown(MEMORY_GROWTH)
        if grown and self._renewal is None:
            self._renewal = asyncio.create_task(self._renew(), name=f"renew {self.interface}")

    async def _renew(self) -> None:
        _log.info("tshark has grown, a new one takes its place", interface=self.interface)
        try:
            await self.replace()
        except CaptureError as error:
            _log.error("no new lane, the old one goes on", error=str(error))

    def _lose(self, reason: str) -> None:
        """Say, once, that the interface is not seen."""
        if self._seeing:
            self._seeing, self._reason = False, reason
            self._outages += 1
            self._blind(self.interface, reason)

    def _regain(self) -> None:
        """Say that it is seen again."""
        self._seeing = True
        self._recovered(self.interface, self._reason)

    async def close(self) -> None:
        """Stop watching, when what was captured is read or the time for that is over."""
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.wait({self._renewal})
        if self._task is not None and not self._reopening:
            self._closing = True
            finishing = asyncio.create_task(self._lane.finish())
            _, late = await asyncio.wait({self._task, finishing}, timeout=DRAIN_SECONDS)
            if late:
                self._lane.lost_at_handover()
            await finishing
            await asyncio.wait({self._task}, timeout=FIRST_PAUSE)  # for what it wrote before
        while self._task is not None and not self._task.done():
            self._task.cancel()  # again: Python 3.11's wait_for() can lose it
            await asyncio.wait({self._task}, timeout=FIRST_PAUSE)
        await self._lane.stop()

    async def _run(self) -> None:
        while True:
            lane = self._lane
            async for batch in lane.observations():
                for observation in batch:
                    self._guard.observe(observation)
            if lane is self._lane:
                if self._closing:
                    return
                await self._reopen(lane)
            await lane.stop()
            self._before = None
            self._ended += lane.counts

    async def _reopen(self, lane: CapturePipeline) -> None:
        """Open another lane in the place of one that ended by itself, however long it takes."""
        self._reopening = True
        await lane.stop()
        self._lose(link_state(self.interface).error or lane.last_words)
        said = ""
        pause = FIRST_PAUSE
        while self._lane is lane:
            new = CapturePipeline(self.interface, self._filters, self._tshark_install)
            try:
                await new.open_interface(self._on_top_talker)
            except CaptureError as error:
                await new.stop()
                if str(error) != said:
                    said = str(error)
                    _log.warning("still blind", error=said)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            if new.filters is not self._filters:  # another is asked for now
                await new.stop()
                continue
            self._put_in_place(new)
            new.shed(self._sources)
        self._index = link_state(self.interface).index
        self._reopening = False
