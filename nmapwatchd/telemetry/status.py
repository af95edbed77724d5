"""The service's state, in one line for the service manager and in numbers for monitoring."""

from collections.abc import Mapping
from dataclasses import dataclass

from nmapwatchd import __version__
from nmapwatchd.capture.supervisor import Watch
from nmapwatchd.core.counters import Counters
from nmapwatchd.core.engine import Engine
from nmapwatchd.delivery.delivery import Outlets
from nmapwatchd.formats.escape import printable
from nmapwatchd.telemetry.prometheus import Eye, Metrics

# Faults of the spool and of sinks that the status tells: it is one line.
MAXIMUM_FAULTS = 3


@dataclass(frozen=True, slots=True)
class State:
    """Reads what the parts of a service know, whenever it is asked."""

    watches: Mapping[str, Watch]
    counters: Counters
    engine: Engine
    outlets: Outlets

    @property
    def status(self) -> str:
        """One line for `systemctl status`."""
        blind = [name for name, watch in self.watches.items() if not watch.is_seeing]
        seeing = [name for name in self.watches if name not in blind]
        t = self.counters
        return (
            (f"BLIND on {', '.join(blind)}; " if blind else "")
            + (f"seeing {', '.join(seeing)}: " if seeing else "")
            + f"{t.frames} frames, {t.kernel_drops} dropped, {t.candidates} candidates, "
            f"{t.alerts} alerts, {self.engine.open_windows} scans going on"
            + (f", {t.undelivered} messages lost" if t.undelivered else "")
            + "".join(f"; {printable(fault)}" for fault in self.outlets.faults[:MAXIMUM_FAULTS])
        )

    @property
    def metrics(self) -> Metrics:
        """The counts of this moment."""
        return Metrics(
            __version__,
            self.counters.counts(),
            self.engine.open_windows,
            tuple(
                Eye(
                    name, watch.is_seeing, watch.counts.frames, watch.counts.dropped, watch.respawns
                )
                for name, watch in self.watches.items()
            ),
            tuple(self.outlets.mouths),
        )
