"""The service: composes capture, core and sinks, and answers to systemd."""

import asyncio
import signal
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import structlog

from nmapwatchd.capture.flood_control import Attention
from nmapwatchd.capture.link import absent
from nmapwatchd.capture.supervisor import Watch
from nmapwatchd.capture.tshark_install import Tools, find_tools, write_profile
from nmapwatchd.core import canary as canary
from nmapwatchd.core.alert import Action, Message, SensorEvent
from nmapwatchd.core.counters import Counters
from nmapwatchd.core.engine import Engine
from nmapwatchd.core.observation import Observation
from nmapwatchd.daemon.clock import ClockSteps, Losses, PacketClock, Systemd
from nmapwatchd.daemon.compiled_config import World
from nmapwatchd.daemon.directories import METRICS, SELF_TEST, profile_parent, runtime_directory
from nmapwatchd.delivery.delivery import Outlets
from nmapwatchd.errors import CaptureError, Fault, OperatorError
from nmapwatchd.selftest.server import Examiner
from nmapwatchd.telemetry.metrics_file import MetricsFile
from nmapwatchd.telemetry.status import State
from nmapwatchd.telemetry.totals import Sums

_log = structlog.get_logger()

# Seconds between two looks at windows, children and counts.
TICK = 1.0
# Seconds between two looks whether the watches have begun.
FLOW_SECONDS = 0.05
# Seconds between two reports that something is lost, frames or messages, as long as it is.
DROPPING_SECONDS = 60.0
# Scans that a tick writes down though nothing was said of them: what a kill forgets of them are the
# sightings of a second, and the loop spends a few milliseconds.
CHANGES_A_TICK = 100
# Seconds that the sinks have to say what they hold when the service stops.
DRAIN_SECONDS = 5.0


class Service:
    """
    One sensor.

    Args:
        world: the configuration it starts with.
        read_world: reads the configuration anew, or raises OperatorError.
        outlets: who is told.
    """

    def __init__(self, world: World, read_world: Callable[[], World], outlets: Outlets) -> None:
        self._world = world
        self._read_world = read_world
        self._outlets = outlets
        self.counters = Counters()
        settings = world.settings
        self._engine = Engine(world.catalogue, settings.allowlist, settings.policy, self.counters)
        self._clock = PacketClock(time.monotonic)
        self._sums = Sums()
        self._steps = ClockSteps(time.time_ns, time.monotonic_ns)
        self._systemd = Systemd()
        self._watches: dict[str, Watch] = {}
        self._attention = Attention(
            self._watches, lambda text: self._say(Action.SENSOR_DROPPING, text)
        )
        self._state = State(self._watches, self.counters, self._engine, outlets)
        self._examiner = Examiner(
            outlets, lambda: {name: watch.witness() for name, watch in self._watches.items()}
        )
        self._tools: Tools | None = None
        self._profile = Path()
        self._stop = asyncio.Event()
        self._reload = asyncio.Event()
        self._drops, self._cuts, self._losses = (Losses(DROPPING_SECONDS) for _ in range(3))

    async def run(self) -> None:
        """
        Watch until told to stop.

        Raises:
            OperatorError: an interface cannot be opened, or a program is missing; nothing runs.
        """
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._stop.set)
        loop.add_signal_handler(signal.SIGINT, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, self._reload.set)
        async with AsyncExitStack() as stack:
            place = profile_parent(self._world.settings.runtime_directory)
            directory = stack.enter_context(
                tempfile.TemporaryDirectory(prefix="nmapwatchd-", dir=place)
            )
            stack.push_async_callback(self._close_watches)
            self._profile = Path(directory)
            self._tools = await find_tools(self._world.plan.dissection.dissectors, self._profile)
            self._restore()
            await self._open(self._world.settings.interfaces)
            await self._until_it_flows()
            self._say(Action.SENSOR_STARTED, f"{len(self._world.catalogue.signatures)} signatures")
            await self._be_found(stack)
            self._systemd.ready(self._state.status)
            await self._live()
            self._systemd.stopping()
        self._count()
        self._publish(self._engine.drain(keep=True))
        self._say(Action.SENSOR_STOPPED, "told to stop")
        await asyncio.to_thread(self._outlets.close, DRAIN_SECONDS)

    async def _open(self, interfaces: Sequence[str]) -> None:
        faults = absent(interfaces)
        if faults:
            raise OperatorError(*faults)
        assert self._tools is not None
        for name in interfaces:
            watch = Watch(
                name,
                self._world.plan,
                self._tools,
                observe=self._observe,
                blind=self._blind,
                recovered=self._recovered,
                loud=self._loud,
            )
            try:
                await watch.open()
            except CaptureError as error:
                await watch.close()
                raise OperatorError(Fault("interfaces", str(error))) from error
            self._watches[name] = watch
            _log.info("watching", interface=name)

    async def _until_it_flows(self) -> None:
        """Wait until something has come through every watch, for as long as the manager does."""
        while not all(watch.flows for watch in self._watches.values()):
            if self._stop.is_set():
                return
            await asyncio.sleep(FLOW_SECONDS)

    async def _be_found(self, stack: AsyncExitStack) -> None:
        """Let who is on this machine ask for a self-test, and read the metrics."""
        settings = self._world.settings
        place = runtime_directory(settings.runtime_directory)
        file = Path(settings.metrics_file) if settings.metrics_file else None
        if place is not None:
            stack.push_async_callback(self._examiner.close)
            await self._examiner.open(place / SELF_TEST)
            file = file or place / METRICS
        if file is not None:
            metrics = MetricsFile(file, lambda: self._state.metrics)
            stack.push_async_callback(metrics.close)
            metrics.open()

    async def _close_watches(self) -> None:
        await asyncio.gather(*(watch.close() for watch in self._watches.values()))

    async def _live(self) -> None:
        """Tick until told to stop."""
        heartbeat_at = time.monotonic()
        while not self._stop.is_set():
            self._follow_clock()
            self._attention.look_again(self._now())
            now = self._clock.now()
            if now is not None:
                self._publish(self._engine.tick(now))
            for watch in self._watches.values():
                await watch.look()
            self._outlets.look()
            if self._outlets.keeps_up:
                self._outlets.put(changes=self._engine.changes(CHANGES_A_TICK))
            self._count()
            heartbeat = self._world.settings.heartbeat_seconds
            if heartbeat and time.monotonic() - heartbeat_at >= heartbeat:
                heartbeat_at = time.monotonic()
                self._say(Action.SENSOR_HEARTBEAT, self._state.status)
            self._systemd.alive(self._state.status)
            if self._reload.is_set():
                self._reload.clear()
                await self._adopt()
            try:
                await asyncio.wait_for(self._stop.wait(), TICK)
            except TimeoutError:
                continue

    def _follow_clock(self) -> None:
        """Go back with the clock: what is remembered of later would be taken for the present."""
        if back := self._steps.set_back():
            now = time.time_ns()
            _log.warning("the clock was set back, open scans are closed", seconds=round(back, 1))
            self._clock.saw(now)
            self._attention.rewind(now)
            self._publish(self._engine.rewind(now))

    def _now(self) -> int:
        """Return packet time; before the first packet, the time of the clock that stamps them."""
        return self._clock.now() or time.time_ns()

    def _loud(self, source: str) -> None:
        self._attention.look_away(source, self._now())

    async def _adopt(self) -> None:
        """Take over a new configuration, or keep the old one when the new one is faulty."""
        self._systemd.reloading()
        try:
            world = await asyncio.to_thread(self._read_world)
            await self._change(world)
        except OperatorError as error:
            for fault in error.faults:
                _log.error("configuration is faulty, the old one stays", fault=str(fault))
        else:
            _log.info("configuration taken over", signatures=len(world.catalogue.signatures))
        self._systemd.ready(self._state.status)

    async def _change(self, world: World) -> None:
        before = self._world
        added = [n for n in world.settings.interfaces if n not in self._watches]
        removed = [n for n in self._watches if n not in world.settings.interfaces]
        changed = world.plan != before.plan
        self._world = world
        try:
            if changed:
                await write_profile(world.plan.dissection.dissectors, self._profile)
            await self._open(added)
            if changed:
                for name in self._watches.keys() - set(added) - set(removed):
                    await self._watches[name].replace(world.plan)
        except (OperatorError, CaptureError, OSError) as error:
            self._world = before
            for name in added:
                if name in self._watches:
                    await self._watches.pop(name).close()
            if isinstance(error, OperatorError):
                raise
            where = "interfaces" if isinstance(error, CaptureError) else "tshark"
            raise OperatorError(Fault(where, str(error))) from error
        for name in removed:
            watch = self._watches.pop(name)
            await watch.close()
            self._sums.keep(watch)
        settings = world.settings
        self._publish(self._engine.adopt(world.catalogue, settings.allowlist, settings.policy))
        await asyncio.to_thread(self._outlets.adopt, settings.sink)

    def _observe(self, observation: Observation) -> None:
        self._clock.saw(observation.at)
        if observation.payload.startswith(canary.PREFIX):
            self._examiner.saw(observation)
            return
        self._attention.saw(observation.source, observation.at)
        self._publish(self._engine.observe(observation))

    def _publish(self, messages: Sequence[Message]) -> None:
        """Say alerts, and keep with them what became of their windows."""
        if messages:
            self._outlets.put(*messages, changes=self._engine.changes())

    def _restore(self) -> None:
        """Take up the scans that went on when the service ended, and close those that are over."""
        remembered = self._outlets.remembered
        if remembered:
            now = time.time_ns()
            self._clock.saw(now)  # a quiet network must close them as well
            _log.info("scans taken up", scans=len(remembered))
            self._publish(self._engine.restore(remembered, now))
        else:
            self._engine.restore((), 0)

    def _blind(self, interface: str, reason: str) -> None:
        _log.error("blind", interface=interface, error=reason)
        self._say(Action.SENSOR_BLIND, reason, interface)
        self._systemd.alive(self._state.status)

    def _recovered(self, interface: str, reason: str) -> None:
        _log.warning("seeing again", interface=interface)
        self._say(Action.SENSOR_RECOVERED, reason, interface)
        self._systemd.alive(self._state.status)

    def _count(self) -> None:
        """Bring the counters up to date, and say when frames or messages were lost."""
        self._sums.write(self.counters, self._watches.values())
        self.counters.undelivered = self._outlets.lost
        now = time.monotonic()
        if dropped := self._drops.unsaid(self.counters.kernel_drops, now):
            self._say(Action.SENSOR_DROPPING, f"the kernel dropped {dropped} frames")
        if cut := self._cuts.unsaid(self.counters.lost_at_handover, now):
            self._say(Action.SENSOR_DROPPING, f"about {cut} frames of a capture that was replaced")
        if lost := self._losses.unsaid(self.counters.undelivered, now):
            self._say(Action.SENSOR_UNDELIVERED, f"{lost} messages; lost {self._outlets.losses}")

    def _say(self, action: Action, detail: str, interface: str = "") -> None:
        interfaces = (interface,) if interface else tuple(self._watches)
        self._outlets.put(
            SensorEvent(action, time.time_ns(), detail, interfaces, self.counters.counts())
        )
