"""The sensor's metrics in Prometheus' text format, for node_exporter's textfile collector."""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nmapwatchd.capture.stats import InterfaceStatus
from nmapwatchd.delivery.worker import SinkStatus
from nmapwatchd.formats.escape import printable

# Help text of each of the sensor's counters.
COUNTER_HELP: Mapping[str, str] = {
    "frames": "Frames that passed the kernel filter.",
    "kernel_drops": "Frames that the kernel dropped before the sensor read them.",
    "candidates": "Frames that passed tshark's filter and were decoded.",
    "undecodable": "Candidates that could not be decoded.",
    "shed": "Candidates of flooding sources that were not inspected, as far as counted.",
    "lost_at_handover": "Frames, approximately, that a replaced tshark had not processed.",
    "duplicates": "Observations of a frame that had been captured before.",
    "replies": "Observations that were replies to a probe, such as an echo of its bytes.",
    "rule_errors": "Errors of signatures; each was skipped for one observation.",
    "evicted_packets": "Packets evicted while a signature that needs several could be satisfied.",
    "evicted_frames": "Frames evicted while a duplicate of them could still arrive.",
    "evicted_probes": "Probes evicted while a reply to them could still arrive.",
    "evicted_uploads": "Uploads evicted while they could still continue.",
    "sightings": "Sightings: signatures that matched an observation.",
    "expected": "Sightings of authorised scanners.",
    "evicted_macs": "MAC addresses that were forgotten because too many sent.",
    "alerts": "Scans that were alerted, each once; not authorised ones, nor those of floods.",
    "expected_scans": "Scans of authorised scanners that were reported, each once.",
    "below_threshold": "Windows that closed below the alert threshold.",
    "evicted_evidence": "Destinations whose weak evidence was dropped to bound memory.",
    "evicted_decoys": "Packets and addresses evicted while decoys could still have been grouped.",
    "folded_scans": "Scans that were reported only in the summary of a flood.",
    "evicted_windows": "Windows that were evicted because the table was full.",
    "undelivered": "Messages that a sink lost.",
}
_OTHER_COUNTER_HELP = "A counter of nmapwatchd."


@dataclass(frozen=True, slots=True)
class Metrics:
    """
    The metrics at one time.

    Args:
        version: of nmapwatchd.
        counters: the sensor's counters by name.
        open_scans: number of open windows.
        shed_sources: number of sources that are shed.
        interfaces: status of each interface.
        sinks: status of each sink.
    """

    version: str
    counters: Mapping[str, int]
    open_scans: int
    shed_sources: int
    interfaces: tuple[InterfaceStatus, ...]
    sinks: tuple[SinkStatus, ...]


_UNINSPECTED = re.compile(
    r'^nmapwatchd_interface_uninspected_percent\{interface="([^"]*)"\} ([0-9]{1,3})$', re.MULTILINE
)
_INTERFACE_METRICS: tuple[tuple[str, str, Callable[[InterfaceStatus], int]], ...] = (
    (
        "capturing",
        "1 if the sensor captures on the interface, else 0.",
        lambda status: int(status.is_capturing),
    ),
    ("frames_total", COUNTER_HELP["frames"], lambda status: status.frames),
    ("kernel_drops_total", COUNTER_HELP["kernel_drops"], lambda status: status.dropped),
    (
        "tshark_restarts_total",
        "How often tshark was replaced.",
        lambda status: status.tshark_restarts,
    ),
    (
        "thinning_factor",
        "1 if all frames are inspected; else one in so many of those that anyone can forge.",
        lambda status: status.thinning_factor,
    ),
    (
        "uninspected_percent",
        "Share of sampled frames, of the last minute, that the kernel filter cannot look into.",
        lambda status: status.uninspected,
    ),
)
_SINK_METRICS: tuple[tuple[str, str, Callable[[SinkStatus], int]], ...] = (
    ("failing", "1 if the sink does not accept messages, else 0.", lambda s: int(s.is_failing)),
    ("queued", "Messages queued in memory for the sink.", lambda s: s.queued),
    ("lost_total", "Messages that will not be delivered to the sink.", lambda s: s.lost),
)


def exposition(metrics: Metrics) -> str:
    """Return metrics in Prometheus' text format, version 0.0.4."""
    families = [
        _family(f"{name}_total", COUNTER_HELP.get(name, _OTHER_COUNTER_HELP), [("", value)])
        for name, value in metrics.counters.items()
    ]
    families.append(_family("open_scans", "Scans in progress.", [("", metrics.open_scans)]))
    shed = "Sources whose frames are limited or dropped because they flood."
    families.append(_family("shed_sources", shed, [("", metrics.shed_sources)]))
    for name, description, value_of in _INTERFACE_METRICS:
        samples = [(_label("interface", i.interface), value_of(i)) for i in metrics.interfaces]
        families.append(_family(f"interface_{name}", description, samples))
    for name, description, value_of_sink in _SINK_METRICS:
        samples = [(_label("sink", s.sink), value_of_sink(s)) for s in metrics.sinks]
        families.append(_family(f"sink_{name}", description, samples))
    version = _label("version", metrics.version)
    families.append(_family("info", "The running version, as a label.", [(version, 1)]))
    return "".join(families)


def uninspected(text: str) -> Mapping[str, int]:
    """Return the percent of frames that are not inspected, by interface, from an exposition."""
    return {found[1]: int(found[2]) for found in _UNINSPECTED.finditer(text)}


def write(text: str, file: Path) -> None:
    """
    Replace a file's contents atomically; every user may read it.

    Raises:
        OSError: it cannot be written; its old contents stay.
    """
    new = file.with_name(f".{file.name}.new")
    with new.open("w", encoding="utf-8") as out:
        out.write(text)
        os.fchmod(out.fileno(), 0o644)
    new.replace(file)


def _family(name: str, description: str, samples: Iterable[tuple[str, int]]) -> str:
    """Return a metric; by Prometheus' convention a name that ends in _total is a counter."""
    kind = "counter" if name.endswith("_total") else "gauge"
    lines = "".join(f"nmapwatchd_{name}{label} {value}\n" for label, value in samples)
    return f"# HELP nmapwatchd_{name} {description}\n# TYPE nmapwatchd_{name} {kind}\n{lines}"


def _label(name: str, value: str) -> str:
    escaped = printable(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'{{{name}="{escaped}"}}'
