"""The service: connects capture, engine and delivery, and runs the main loop."""

import asyncio
import math
import signal
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import structlog

from nmapwatchd.capture.flood_control import FloodControl
from nmapwatchd.capture.link import link_routes
from nmapwatchd.capture.supervisor import InterfaceSupervisor
from nmapwatchd.capture.tshark_install import TsharkInstall
from nmapwatchd.core import canary
from nmapwatchd.core.alert import Action
from nmapwatchd.core.counters import Counters
from nmapwatchd.core.engine import Engine
from nmapwatchd.core.matching.detector import SignatureDetector
from nmapwatchd.core.observation import Observation
from nmapwatchd.core.outcome import Outcome
from nmapwatchd.daemon.clock import ClockStepDetector, PacketClock
from nmapwatchd.daemon.compiled_config import CompiledConfig
from nmapwatchd.daemon.directories import (
    METRICS_FILE,
    SELFTEST_SOCKET,
    profile_parent,
    runtime_directory,
)
from nmapwatchd.daemon.interfaces import Interfaces
from nmapwatchd.daemon.sensor_events import SensorEvents
from nmapwatchd.daemon.systemd import SystemdNotifier
from nmapwatchd.delivery.delivery import Delivery
from nmapwatchd.delivery.state_directory import state_directory
from nmapwatchd.errors import Diagnostic, OperatorError
from nmapwatchd.filters.compiled import CompiledFilters
from nmapwatchd.selftest.server import SelfTestServer
from nmapwatchd.signatures.tuning import count_in_words
from nmapwatchd.telemetry.authorisation_usage import FILE, UsageRecord
from nmapwatchd.telemetry.metrics_file import MetricsFile
from nmapwatchd.telemetry.status import StatusReporter

_log = structlog.get_logger()

# Seconds between two turns of the main loop.
TICK_SECONDS = 1.0
# Seconds that tshark has to start before the service is ready without it, which is reported as an
# outage: less than TimeoutStartSec= of the unit.
START_SECONDS = 20.0
# Seconds between two checks whether every interface is captured on.
READY_POLL_SECONDS = 0.05
# Windows saved in each tick though no alert was due. A killed service loses at most the sightings
# of a second, and saving these takes the loop a few milliseconds.
CHANGES_PER_TICK = 100
# Seconds between two readings of the interfaces' networks, which change rarely.
NETWORKS_SECONDS = 60.0
# Signals to block from the start of the process until `run`, which handles them then: without a
# handler, they would end it.
DEFERRED_SIGNALS = frozenset({signal.SIGHUP})
# Signals without a meaning for the service, which would end it as well.
IGNORED_SIGNALS = frozenset({signal.SIGUSR1, signal.SIGUSR2})
# Seconds that the sinks have to deliver their queues when the service stops.
DRAIN_SECONDS = 5.0


class Service:
    """
    One sensor.

    Args:
        config: the initial configuration.
        read_config: reads the configuration for a reload, or raises OperatorError.
        delivery: delivers alerts and sensor events to the sinks.
    """

    def __init__(
        self, config: CompiledConfig, read_config: Callable[[], CompiledConfig], delivery: Delivery
    ) -> None:
        self._config, self._read_config, self._delivery = config, read_config, delivery
        self.counters = Counters()
        settings = config.settings
        self._detector = SignatureDetector(config.catalogue, settings.policy.seconds)
        self._links_read_at = -math.inf  # monotonic time
        self._engine = Engine(
            [self._detector],
            settings.allowlist,
            settings.policy,
            self.counters,
            track_changes=True,
        )
        directory = state_directory(settings.spool.directory)
        self._usage = UsageRecord(
            directory and directory / FILE, settings.allowlist.names, time.time_ns()
        )
        self._packet_clock = PacketClock(time.monotonic)
        self._clock_steps = ClockStepDetector(time.time_ns, time.monotonic_ns)
        self._systemd = SystemdNotifier()
        self._interfaces = Interfaces(config.filters, self._supervise)
        supervisors = self._interfaces.supervisors
        self._events = SensorEvents(delivery, self.counters, supervisors, self._read_counters)
        self._flood_control = FloodControl(
            supervisors,
            lambda sentence, interface: self._events.emit(
                Action.SENSOR_SHEDDING, sentence, interface
            ),
        )
        self._status = StatusReporter(
            supervisors,
            self.counters,
            self._engine,
            delivery,
            self._flood_control,
            self._file_errors,
            self._tuning,
        )
        self._selftest = SelfTestServer(delivery, self._capture_diagnoses)
        self._metrics: MetricsFile | None = None
        self._stop_requested = asyncio.Event()
        self._reload_requested = asyncio.Event()

    async def run(self) -> None:
        """
        Capture until SIGTERM or SIGINT; reload on SIGHUP.

        Raises:
            OperatorError: a program is missing; nothing runs.
        """
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._stop_requested.set)
        loop.add_signal_handler(signal.SIGINT, self._stop_requested.set)
        loop.add_signal_handler(signal.SIGHUP, self._reload_requested.set)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, DEFERRED_SIGNALS)
        async with AsyncExitStack() as stack:
            parent = profile_parent(self._config.settings.runtime_directory)
            profile = stack.enter_context(
                tempfile.TemporaryDirectory(prefix="nmapwatchd-", dir=parent)
            )
            stack.push_async_callback(self._interfaces.close)
            await self._interfaces.find_tshark(Path(profile))
            self._restore_windows()
            self._read_networks()
            await self._interfaces.open(self._config.settings.interfaces)
            await self._wait_until_started()
            await self._open_runtime_files(stack)
            self._usage.open()
            signatures = self._signature_counts()
            self._events.emit(Action.SENSOR_STARTED, "; ".join([signatures, *self._status.errors]))
            self._log_tuning()
            self._report_refused()
            self._systemd.ready(self._status.status_line)
            await self._loop()
            self._systemd.stopping()
            # A unit that is bound to a device is stopped at once when that is removed.
            self._interfaces.report_absent()
        self._update_counters()
        self._publish(self._engine.drain(keep=True))
        await self._usage.close()
        self._events.emit(Action.SENSOR_STOPPED, "stop requested")
        await asyncio.to_thread(self._delivery.close, DRAIN_SECONDS)
        self._systemd.stopped()

    def _supervise(
        self, interface: str, filters: CompiledFilters, tshark: TsharkInstall
    ) -> InterfaceSupervisor:
        return InterfaceSupervisor(
            interface,
            filters,
            tshark,
            observe=self._observe,
            on_blind=self._on_blind,
            on_recovered=self._on_recovered,
            on_top_talker=partial(self._on_top_talker, interface),
            on_limited=self._on_limited,
        )

    async def _wait_until_started(self) -> None:
        """
        Wait until every interface is captured on, or is known to be in an outage.

        The service is ready then, in spite of the outage: if the service manager had to wait for an
        absent interface, it would delay the boot, and end the capture on the others after
        TimeoutStartSec=. The status line and `sensor-blind` report what is missing.
        """
        deadline = time.monotonic() + START_SECONDS
        while not self._interfaces.have_started and time.monotonic() < deadline:
            if self._stop_requested.is_set():
                return
            await asyncio.sleep(READY_POLL_SECONDS)

    async def _open_runtime_files(self, stack: AsyncExitStack) -> None:
        """Open the self-test socket and start to write metrics, until the stack is closed."""
        settings = self._config.settings
        directory = runtime_directory(settings.runtime_directory)
        metrics_file = Path(settings.metrics_file) if settings.metrics_file else None
        if directory is not None:
            stack.push_async_callback(self._selftest.close)
            await self._selftest.open(directory / SELFTEST_SOCKET)
            metrics_file = metrics_file or directory / METRICS_FILE
        if metrics_file is not None:
            self._metrics = MetricsFile(metrics_file, lambda: self._status.metrics)
            stack.push_async_callback(self._metrics.close)
            self._metrics.open()

    def _file_errors(self) -> list[str]:
        """Return why the files that other programs read are not there."""
        files = (self._selftest, self._metrics)
        return [file.error for file in files if file is not None and file.error]

    async def _loop(self) -> None:
        """Tick every second until a stop is requested."""
        heartbeat_at = time.monotonic()
        while not self._stop_requested.is_set():
            await self._tick()
            interval = self._config.settings.heartbeat_seconds
            if interval and time.monotonic() - heartbeat_at >= interval:
                heartbeat_at = time.monotonic()
                self._events.emit(Action.SENSOR_HEARTBEAT, self._status.status_line)
            self._systemd.alive(self._status.status_line)
            if self._reload_requested.is_set():
                self._reload_requested.clear()
                await self._reload()
            try:
                await asyncio.wait_for(self._stop_requested.wait(), TICK_SECONDS)
            except TimeoutError:
                continue

    async def _tick(self) -> None:
        """Do what time alone makes due: close windows, check interfaces, report losses."""
        self._follow_clock()
        self._flood_control.expire(self._packet_time())
        now = self._packet_clock.now()
        if now is not None:
            self._publish(self._engine.tick(now))
        await self._interfaces.poll()
        self._delivery.poll()
        await self._selftest.poll()
        if self._delivery.is_keeping_up:
            self._delivery.put(changes=self._engine.unsaved_changes(CHANGES_PER_TICK))
        if time.monotonic() - self._links_read_at >= NETWORKS_SECONDS:
            self._read_networks()
        self._update_counters()

    def _read_networks(self) -> None:
        """Learn which networks and routers are on the links of the interfaces."""
        settings = self._config.settings
        links = {name: link_routes(name) for name in settings.interfaces}
        self._detector.links.set_networks(
            {name: link.networks for name, link in links.items()},
            settings.networks,
            [router for link in links.values() for router in link.routers],
        )
        self._links_read_at = time.monotonic()

    def _follow_clock(self) -> None:
        """Handle a clock that was set back: later state would be taken for the present."""
        if seconds := self._clock_steps.step_back():
            now = time.time_ns()
            _log.warning("clock was set back, closing open scans", seconds=round(seconds, 1))
            self._packet_clock.set(now)
            self._flood_control.rewind(now)
            self._publish(self._engine.rewind(now))

    def _packet_time(self) -> int:
        """Return packet time; before the first packet, the time of the clock that stamps them."""
        return self._packet_clock.now() or time.time_ns()

    async def _reload(self) -> None:
        """Reload the configuration; keep the old one if the new one cannot be applied."""
        self._systemd.reloading()
        try:
            config = await asyncio.to_thread(self._read_new_config)
            await self._apply(config)
        except OperatorError as error:
            for diagnostic in error.diagnostics:
                _log.error("reload failed, configuration unchanged", error=str(diagnostic))
        else:
            _log.info("configuration reloaded", signatures=len(config.catalogue.signatures))
            self._log_tuning()
        self._systemd.ready(self._status.status_line)

    def _read_new_config(self) -> CompiledConfig:
        """
        Read the configuration for a reload.

        Raises:
            OperatorError: it is invalid, or a bug was met: neither ends the service.
        """
        try:
            return self._read_config()
        except OperatorError:
            raise
        except Exception as error:
            _log.exception("internal error, configuration not read")
            raise OperatorError(Diagnostic("configuration", repr(error))) from error

    def _signature_counts(self) -> str:
        """Return how many signatures are used, and how many the configuration changes."""
        used = f"{len(self._config.catalogue.signatures)} signatures"
        return ", ".join(filter(None, (used, self._tuning())))

    def _tuning(self) -> str:
        """Return how many signatures the configuration turns off or changes; empty if none."""
        return count_in_words(self._config.changes)

    def _log_tuning(self) -> None:
        """Log how many signatures the configuration changes, and which of its entries none."""
        for diagnostic in self._config.unmatched:
            _log.error("configuration entry has no effect", error=str(diagnostic))
        if tuning := self._tuning():
            _log.warning(tuning)

    def _report_refused(self) -> None:
        """Report the site's signatures that are left out."""
        refused = self._config.refused
        for diagnostic in refused:
            _log.error("signature refused", error=str(diagnostic))
        if refused:
            more = f"; {len(refused) - 1} more errors" if len(refused) > 1 else ""
            self._events.emit(
                Action.SENSOR_LIMITED, f"signatures are left out: {refused[0]}{more}; run check"
            )

    def _report_faults(self) -> None:
        """Report each signature that failed while it was evaluated, once."""
        self.counters.rule_errors = self._detector.rule_errors
        for rule, error in self._detector.take_faults().items():
            _log.error("signature failed, skipped", signature=rule, error=error)
            self._events.emit(
                Action.SENSOR_LIMITED, f"signature {rule} failed and is skipped; see the log"
            )

    async def _apply(self, config: CompiledConfig) -> None:
        """
        Replace the configuration, or nothing at all.

        Raises:
            OperatorError: it cannot be applied; the old one is in use again.
        """
        settings = config.settings
        async with self._interfaces.reconfigured(config.filters, settings.interfaces):
            await asyncio.to_thread(self._delivery.reload, settings.sink)
        self._config = config
        self._detector = self._detector.reloaded(config.catalogue, settings.policy.seconds)
        self._read_networks()
        self._usage.retain(settings.allowlist.names, time.time_ns())
        self._publish(self._engine.reload([self._detector], settings.allowlist, settings.policy))

    def _observe(self, observation: Observation) -> None:
        """Process one candidate; called by every supervisor."""
        self._packet_clock.set(observation.at)
        if observation.payload.startswith(canary.PREFIX):
            # Inspected nevertheless: anyone can have a packet begin like this.
            self._selftest.on_canary(observation)
        self._flood_control.observe(observation.source, observation.interface, observation.at)
        self._publish(self._engine.observe(observation))

    def _publish(self, outcome: Outcome) -> None:
        """Deliver alerts, and save the windows that they belong to."""
        if outcome.alerts or outcome.summaries:
            outcome = self._flood_control.mark_incomplete(outcome)
            self._usage.record(outcome.alerts)
            self._delivery.put(*outcome.messages, changes=outcome.changes)

    def _restore_windows(self) -> None:
        """Restore the windows that were open when the service ended; close those that expired."""
        saved = self._delivery.open_windows
        if saved:
            now = time.time_ns()
            self._packet_clock.set(now)  # an idle network must close them as well
            _log.info("open scans restored", scans=len(saved))
            self._publish(self._engine.restore(saved, now))

    def _on_blind(self, interface: str, reason: str) -> None:
        _log.error("blind", interface=interface, error=reason)
        self._events.emit(Action.SENSOR_BLIND, reason, interface)
        self._systemd.alive(self._status.status_line)

    def _on_recovered(self, interface: str, reason: str) -> None:
        _log.warning("capturing again", interface=interface, outage=reason)
        self._events.emit(Action.SENSOR_RECOVERED, reason, interface)
        self._systemd.alive(self._status.status_line)

    def _on_top_talker(self, interface: str, source: str) -> None:
        self._flood_control.shed(source, interface, self._packet_time(), has_drops=True)

    def _on_limited(self, interface: str, hidden: str) -> None:
        _log.warning("not inspected", interface=interface, frames=hidden)
        self._events.emit(Action.SENSOR_LIMITED, hidden, interface)

    def _capture_diagnoses(self) -> Mapping[str, Callable[[], str]]:
        """Return for each interface what explains later why nothing was captured from now on."""
        return {name: one.diagnosis_since() for name, one in self._interfaces.supervisors.items()}

    def _read_counters(self) -> None:
        """Update the counters of capture and delivery."""
        self._interfaces.totals.update(self.counters, self._interfaces.supervisors.values())
        self.counters.undelivered = self._delivery.lost

    def _update_counters(self) -> None:
        """Update all counters, and report losses."""
        self._read_counters()
        self._report_faults()
        self.counters.evicted_macs = self._detector.links.evicted_macs
        for name, supervisor in self._interfaces.supervisors.items():
            self._events.report_thinning(name, supervisor.thinning_factor)
        self._events.report_losses()
