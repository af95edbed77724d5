"""The service's state: one line for the service manager, and the metrics."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nmapwatchd import __version__
from nmapwatchd.capture.flood_control import FloodControl
from nmapwatchd.capture.stats import InterfaceStatus
from nmapwatchd.capture.supervisor import InterfaceSupervisor
from nmapwatchd.core.counters import Counters
from nmapwatchd.core.engine import Engine
from nmapwatchd.delivery.delivery import Delivery
from nmapwatchd.formats.escape import printable
from nmapwatchd.telemetry.prometheus import Metrics

# Errors of the spool and of sinks that the status names: it is one line.
MAXIMUM_ERRORS = 3


@dataclass(frozen=True, slots=True)
class StatusReporter:
    """
    Reports the current state of the parts of a service.

    Args:
        supervisors: of the interfaces, by name.
        counters: the service's.
        engine: has the open scans.
        delivery: has the sinks.
        flood_control: has the shed sources.
        tuning: returns what the configuration changes of the signatures, as a phrase; empty if
            nothing.
    """

    supervisors: Mapping[str, InterfaceSupervisor]
    counters: Counters
    engine: Engine
    delivery: Delivery
    flood_control: FloodControl
    tuning: Callable[[], str] = str

    @property
    def status_line(self) -> str:
        """The status for `systemctl status` and heartbeats."""
        capturing = [name for name, one in self.supervisors.items() if one.is_capturing]
        blind = [name for name in self.supervisors if name not in capturing]
        c, shed = self.counters, self.flood_control.shed_sources
        tuning = self.tuning()
        return (
            (f"BLIND on {', '.join(blind)}; " if blind else "")
            + "".join(
                f"NOT INSPECTED on {name}: {one.limitation.summary}; "
                for name, one in self.supervisors.items()
                if one.limitation.summary
            )
            + (f"capturing on {', '.join(capturing)}: " if capturing else "")
            + f"{c.frames} frames, {c.kernel_drops} dropped, {c.candidates} candidates, "
            f"{c.alerts} alerts, {self.engine.open_windows} open scans"
            + (f", {c.rule_errors} errors of signatures" if c.rule_errors else "")
            + (f", {shed} sources shed" if shed else "")
            + (f", {c.undelivered} messages lost" if c.undelivered else "")
            + (f"; {tuning}" if tuning else "")
            + "".join(f"; {printable(error)}" for error in self.delivery.errors[:MAXIMUM_ERRORS])
        )

    @property
    def metrics(self) -> Metrics:
        """The current metrics."""
        return Metrics(
            __version__,
            self.counters.counts(),
            self.engine.open_windows,
            self.flood_control.shed_sources,
            tuple(
                _interface_status(name, supervisor) for name, supervisor in self.supervisors.items()
            ),
            tuple(self.delivery.sink_statuses),
        )


def _interface_status(name: str, supervisor: InterfaceSupervisor) -> InterfaceStatus:
    counts = supervisor.counts  # summed at each access
    return InterfaceStatus(
        name,
        supervisor.is_capturing,
        counts.frames,
        counts.dropped,
        supervisor.tshark_restarts,
        supervisor.limitation.percent,
        supervisor.thinning_factor,
    )
