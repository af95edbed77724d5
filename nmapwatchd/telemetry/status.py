"""The service's state, in one line for the service manager and in numbers for monitoring."""

from collections.abc import Mapping
from dataclasses import dataclass

from nmapwatchd import __version__
from nmapwatchd.capture.stats import InterfaceStatus
from nmapwatchd.capture.supervisor import InterfaceSupervisor
from nmapwatchd.core.counters import Counters
from nmapwatchd.core.engine import Engine
from nmapwatchd.delivery.delivery import Delivery
from nmapwatchd.formats.escape import printable
from nmapwatchd.telemetry.prometheus import Metrics

# Faults of the spool and of sinks that the status tells: it is one line.
MAXIMUM_FAULTS = 3


@dataclass(frozen=True, slots=True)
class StatusReporter:
    """Reads what the parts of a service know, whenever it is asked."""

    supervisors: Mapping[str, InterfaceSupervisor]
    counters: Counters
    engine: Engine
    delivery: Delivery

    @property
    def status(self) -> str:
        """One line for `systemctl status`."""
        blind = [name for name, watch in self.supervisors.items() if not watch.is_capturing]
        seeing = [name for name in self.supervisors if name not in blind]
        t = self.counters
        return (
            (f"BLIND on {', '.join(blind)}; " if blind else "")
            + (f"seeing {', '.join(seeing)}: " if seeing else "")
            + f"{t.frames} frames, {t.kernel_drops} dropped, {t.candidates} candidates, "
            f"{t.alerts} alerts, {self.engine.open_windows} scans going on"
            + (f", {t.undelivered} messages lost" if t.undelivered else "")
            + "".join(f"; {printable(fault)}" for fault in self.delivery.errors[:MAXIMUM_FAULTS])
        )

    @property
    def metrics(self) -> Metrics:
        """The counts of this moment."""
        return Metrics(
            __version__,
            self.counters.counts(),
            self.engine.open_windows,
            tuple(
                InterfaceStatus(
                    name,
                    watch.is_capturing,
                    watch.counts.frames,
                    watch.counts.dropped,
                    watch.respawns,
                )
                for name, watch in self.supervisors.items()
            ),
            tuple(self.delivery.sink_statuses),
        )
