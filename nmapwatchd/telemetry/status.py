"""The service's state: one line for the service manager, and the metrics."""

from collections.abc import Callable, Mapping, Sequence
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

# Errors that the status names: it is one line.
MAXIMUM_ERRORS = 3
# Characters of the reason of an outage: tshark's can be long.
MAXIMUM_REASON = 200


@dataclass(frozen=True, slots=True)
class StatusReporter:
    """
    Reports the current state of the parts of a service.

    Args:
        supervisors: those of the interfaces, by name.
        counters: the service's counters.
        engine: has the open windows.
        delivery: has the errors of the spool and of sinks.
        flood_control: knows the shed sources.
        file_errors: returns the errors of the other files that the service keeps.
        tuning: returns what the configuration changes of the signatures, as a phrase; empty if
            nothing.
    """

    supervisors: Mapping[str, InterfaceSupervisor]
    counters: Counters
    engine: Engine
    delivery: Delivery
    flood_control: FloodControl
    file_errors: Callable[[], Sequence[str]] = tuple
    tuning: Callable[[], str] = str

    @property
    def errors(self) -> list[str]:
        """What the service cannot write to at present."""
        return [printable(error) for error in (*self.delivery.errors, *self.file_errors())]

    @property
    def status_line(self) -> str:
        """The status for `systemctl status` and heartbeats."""
        capturing = [name for name, one in self.supervisors.items() if one.is_capturing]
        blind = [
            f"{name} ({printable(one.outage_reason[:MAXIMUM_REASON])})"
            for name, one in self.supervisors.items()
            if name not in capturing
        ]
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
            + "".join(f"; {error}" for error in self.errors[:MAXIMUM_ERRORS])
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
