"""The service: composes capture, core and sinks, and answers to systemd."""

import asyncio
import signal
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import structlog

from nmapwatchd.capture.flood_control import FloodControl
from nmapwatchd.capture.link import absent
from nmapwatchd.capture.supervisor import InterfaceSupervisor
from nmapwatchd.capture.tshark_install import TsharkInstall, find_tshark, write_profile
from nmapwatchd.core import canary
from nmapwatchd.core.alert import Action, Message, SensorEvent
from nmapwatchd.core.counters import Counters
from nmapwatchd.core.engine import Engine
from nmapwatchd.core.observation import Observation
from nmapwatchd.daemon.clock import ClockSteps, Losses, PacketClock, Systemd
from nmapwatchd.daemon.compiled_config import CompiledConfig
from nmapwatchd.daemon.directories import METRICS, SELF_TEST, profile_parent, runtime_directory
from nmapwatchd.delivery.delivery import Delivery
from nmapwatchd.errors import CaptureError, Diagnostic, OperatorError
from nmapwatchd.selftest.server import SelfTestServer
from nmapwatchd.telemetry.metrics_file import MetricsFile
from nmapwatchd.telemetry.status import StatusReporter
from nmapwatchd.telemetry.totals import CaptureTotals

_log = structlog.get_logger()

# Seconds between two looks at windows, children and counts.
TICK = 1.0
# Seconds between two looks whether the supervisors have begun.
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
        config: the configuration it starts with.
        read_config: reads the configuration anew, or raises OperatorError.
        delivery: who is told.
    """

    def __init__(
        self, config: CompiledConfig, read_config: Callable[[], CompiledConfig], delivery: Delivery
    ) -> None:
        self._config = config
        self._read_config = read_config
        self._delivery = delivery
        self.counters = Counters()
        settings = config.settings
        self._engine = Engine(config.catalogue, settings.allowlist, settings.policy, self.counters)
        self._clock = PacketClock(time.monotonic)
        self._totals = CaptureTotals()
        self._steps = ClockSteps(time.time_ns, time.monotonic_ns)
        self._systemd = Systemd()
        self._supervisors: dict[str, InterfaceSupervisor] = {}
        self._flood_control = FloodControl(
            self._supervisors, lambda text: self._say(Action.SENSOR_DROPPING, text)
        )
        self._state = StatusReporter(self._supervisors, self.counters, self._engine, delivery)
        self._selftest = SelfTestServer(
            delivery, lambda: {name: watch.witness() for name, watch in self._supervisors.items()}
        )
        self._tshark_install: TsharkInstall | None = None
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
            place = profile_parent(self._config.settings.runtime_directory)
            directory = stack.enter_context(
                tempfile.TemporaryDirectory(prefix="nmapwatchd-", dir=place)
            )
            stack.push_async_callback(self._close_watches)
            self._profile = Path(directory)
            self._tshark_install = await find_tshark(
                self._config.filters.dissection.dissectors, self._profile
            )
            self._restore()
            await self._open(self._config.settings.interfaces)
            await self._until_it_flows()
            self._say(Action.SENSOR_STARTED, f"{len(self._config.catalogue.signatures)} signatures")
            await self._be_found(stack)
            self._systemd.ready(self._state.status)
            await self._live()
            self._systemd.stopping()
        self._count()
        self._publish(self._engine.drain(keep=True))
        self._say(Action.SENSOR_STOPPED, "told to stop")
        await asyncio.to_thread(self._delivery.close, DRAIN_SECONDS)

    async def _open(self, interfaces: Sequence[str]) -> None:
        faults = absent(interfaces)
        if faults:
            raise OperatorError(*faults)
        assert self._tshark_install is not None
        for name in interfaces:
            watch = InterfaceSupervisor(
                name,
                self._config.filters,
                self._tshark_install,
                observe=self._observe,
                blind=self._blind,
                recovered=self._recovered,
                loud=self._loud,
            )
            try:
                await watch.open()
            except CaptureError as error:
                await watch.close()
                raise OperatorError(Diagnostic("interfaces", str(error))) from error
            self._supervisors[name] = watch
            _log.info("watching", interface=name)

    async def _until_it_flows(self) -> None:
        """Wait until something has come through every watch, for as long as the manager does."""
        while not all(watch.flows for watch in self._supervisors.values()):
            if self._stop.is_set():
                return
            await asyncio.sleep(FLOW_SECONDS)

    async def _be_found(self, stack: AsyncExitStack) -> None:
        """Let who is on this machine ask for a self-test, and read the metrics."""
        settings = self._config.settings
        place = runtime_directory(settings.runtime_directory)
        file = Path(settings.metrics_file) if settings.metrics_file else None
        if place is not None:
            stack.push_async_callback(self._selftest.close)
            await self._selftest.open(place / SELF_TEST)
            file = file or place / METRICS
        if file is not None:
            metrics = MetricsFile(file, lambda: self._state.metrics)
            stack.push_async_callback(metrics.close)
            metrics.open()

    async def _close_watches(self) -> None:
        await asyncio.gather(*(watch.close() for watch in self._supervisors.values()))

    async def _live(self) -> None:
        """Tick until told to stop."""
        heartbeat_at = time.monotonic()
        while not self._stop.is_set():
            self._follow_clock()
            self._flood_control.look_again(self._now())
            now = self._clock.now()
            if now is not None:
                self._publish(self._engine.tick(now))
            for watch in self._supervisors.values():
                await watch.look()
            self._delivery.poll()
            if self._delivery.is_keeping_up:
                self._delivery.put(changes=self._engine.changes(CHANGES_A_TICK))
            self._count()
            heartbeat = self._config.settings.heartbeat_seconds
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
            self._flood_control.rewind(now)
            self._publish(self._engine.rewind(now))

    def _now(self) -> int:
        """Return packet time; before the first packet, the time of the clock that stamps them."""
        return self._clock.now() or time.time_ns()

    def _loud(self, source: str) -> None:
        self._flood_control.look_away(source, self._now())

    async def _adopt(self) -> None:
        """Take over a new configuration, or keep the old one when the new one is faulty."""
        self._systemd.reloading()
        try:
            config = await asyncio.to_thread(self._read_config)
            await self._change(config)
        except OperatorError as error:
            for fault in error.faults:
                _log.error("configuration is faulty, the old one stays", fault=str(fault))
        else:
            _log.info("configuration taken over", signatures=len(config.catalogue.signatures))
        self._systemd.ready(self._state.status)

    async def _change(self, config: CompiledConfig) -> None:
        before = self._config
        added = [n for n in config.settings.interfaces if n not in self._supervisors]
        removed = [n for n in self._supervisors if n not in config.settings.interfaces]
        changed = config.filters != before.filters
        self._config = config
        try:
            if changed:
                await write_profile(config.filters.dissection.dissectors, self._profile)
            await self._open(added)
            if changed:
                for name in self._supervisors.keys() - set(added) - set(removed):
                    await self._supervisors[name].replace(config.filters)
        except (OperatorError, CaptureError, OSError) as error:
            self._config = before
            for name in added:
                if name in self._supervisors:
                    await self._supervisors.pop(name).close()
            if isinstance(error, OperatorError):
                raise
            where = "interfaces" if isinstance(error, CaptureError) else "tshark"
            raise OperatorError(Diagnostic(where, str(error))) from error
        for name in removed:
            watch = self._supervisors.pop(name)
            await watch.close()
            self._totals.keep(watch)
        settings = config.settings
        self._publish(self._engine.adopt(config.catalogue, settings.allowlist, settings.policy))
        await asyncio.to_thread(self._delivery.reload, settings.sink)

    def _observe(self, observation: Observation) -> None:
        self._clock.saw(observation.at)
        if observation.payload.startswith(canary.PREFIX):
            self._selftest.saw(observation)
            return
        self._flood_control.saw(observation.source, observation.at)
        self._publish(self._engine.observe(observation))

    def _publish(self, messages: Sequence[Message]) -> None:
        """Say alerts, and keep with them what became of their windows."""
        if messages:
            self._delivery.put(*messages, changes=self._engine.changes())

    def _restore(self) -> None:
        """Take up the scans that went on when the service ended, and close those that are over."""
        remembered = self._delivery.open_windows
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
        self._totals.write(self.counters, self._supervisors.values())
        self.counters.undelivered = self._delivery.lost
        now = time.monotonic()
        if dropped := self._drops.unsaid(self.counters.kernel_drops, now):
            self._say(Action.SENSOR_DROPPING, f"the kernel dropped {dropped} frames")
        if cut := self._cuts.unsaid(self.counters.lost_at_handover, now):
            self._say(Action.SENSOR_DROPPING, f"about {cut} frames of a capture that was replaced")
        if lost := self._losses.unsaid(self.counters.undelivered, now):
            self._say(
                Action.SENSOR_UNDELIVERED, f"{lost} messages; lost {self._delivery.loss_summary}"
            )

    def _say(self, action: Action, detail: str, interface: str = "") -> None:
        interfaces = (interface,) if interface else tuple(self._supervisors)
        self._delivery.put(
            SensorEvent(action, time.time_ns(), detail, interfaces, self.counters.counts())
        )
