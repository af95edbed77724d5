"""The sensor's own events: what the service reports to the sinks about itself."""

import time
from collections.abc import Callable, Iterable, Mapping

from nmapwatchd.core.alert import Action, SensorEvent
from nmapwatchd.core.counters import Counters
from nmapwatchd.daemon.rate_limit import ReportThrottle
from nmapwatchd.delivery.delivery import Delivery

# Minimum seconds between two reports of the same kind of loss.
LOSS_REPORT_SECONDS = 60.0
# What an evicted entry of each table can cost, by the name of its counter.
_EVICTIONS = {
    "evicted_packets": "packets were evicted from a full table: a scan may be missed",
    "evicted_frames": "frames were evicted from a full table: duplicates may be counted",
    "evicted_probes": "probes were evicted from a full table: a server that echoes may be named",
    "evicted_uploads": "uploads were evicted from a full table: a host that relays may be named",
    "evicted_decoys": "decoys were evicted from a full table: one scan may be reported as several",
    "evicted_windows": "windows were evicted from a full table: a scan may be missed",
}


class SensorEvents:
    """
    Emits sensor events with the counters, and reports losses at a limited rate.

    Args:
        delivery: takes the events.
        counters: copied into each event.
        interfaces: names of the interfaces, for events that concern all of them.
        read_counters: updates the counters, so that those of one event are of one time.
    """

    def __init__(
        self,
        delivery: Delivery,
        counters: Counters,
        interfaces: Iterable[str],
        read_counters: Callable[[], None],
    ) -> None:
        self._delivery, self._counters, self._interfaces = delivery, counters, interfaces
        self._read_counters = read_counters
        self._kernel_drops = ReportThrottle(LOSS_REPORT_SECONDS)
        self._handover_losses = ReportThrottle(LOSS_REPORT_SECONDS)
        self._undelivered = ReportThrottle(LOSS_REPORT_SECONDS)
        self._reported_losses: Mapping[str, int] = {}  # by sink
        self._evictions = {name: ReportThrottle(LOSS_REPORT_SECONDS) for name in _EVICTIONS}
        self._thinning: dict[str, tuple[int, float]] = {}  # factor and time reported, by interface
        self._last_factor: dict[str, int] = {}  # by interface, at the last call

    def emit(self, action: Action, detail: str, interface: str = "") -> None:
        """Emit an event about an interface, or about the sensor as a whole."""
        interfaces = (interface,) if interface else tuple(self._interfaces)
        self._read_counters()
        self._delivery.put(
            SensorEvent(action, time.time_ns(), detail, interfaces, self._counters.counts())
        )

    def report_thinning(self, interface: str, factor: int) -> None:
        """
        Report that frames which anyone can forge are thinned out on an interface, if that is news.

        To be called each second.

        Args:
            interface: its name.
            factor: one in so many is inspected.
        """
        # The capture process tries this for half a second, and stops if other frames are too many,
        # such as the data of one source: what lasts from one call to the next is no trial.
        lasting = min(factor, self._last_factor.get(interface, 1))
        self._last_factor[interface] = factor
        reported, at = self._thinning.get(interface, (1, float("-inf")))
        now = time.monotonic()
        if lasting == 1 or (factor <= reported and now - at < LOSS_REPORT_SECONDS):
            return
        self._thinning[interface] = (factor, now)
        self.emit(
            Action.SENSOR_LIMITED,
            f"more frames than it can process: 1 in {factor} of those that anyone can forge is "
            "inspected, and all data over TCP. Scans without data may be missed",
            interface,
        )

    def report_losses(self) -> None:
        """Report what has been lost since the last report of its kind."""
        counters, now = self._counters, time.monotonic()
        if dropped := self._kernel_drops.due(counters.kernel_drops, now):
            more = " more" if dropped < counters.kernel_drops else ""
            self.emit(
                Action.SENSOR_DROPPING,
                f"the kernel dropped {dropped}{more} frames. Scans may be missed",
            )
        if lost := self._handover_losses.due(counters.lost_at_handover, now):
            self.emit(
                Action.SENSOR_DROPPING,
                f"about {lost} frames were lost with a tshark that had to be killed. Scans may be "
                "missed",
            )
        for name, cost in _EVICTIONS.items():
            if evicted := self._evictions[name].due(getattr(counters, name), now):
                self.emit(Action.SENSOR_LIMITED, f"{evicted} {cost}")
        losses, before = self._delivery.losses, self._reported_losses
        if self._undelivered.due(sum(losses.values()), now):
            self._reported_losses = losses
            new = {name: count - before.get(name, 0) for name, count in losses.items()}
            self.emit(
                Action.SENSOR_UNDELIVERED,
                ", ".join(f"{count} to {name}" for name, count in new.items() if count),
            )
