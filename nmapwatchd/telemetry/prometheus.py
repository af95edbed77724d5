"""The sensor's counts as Prometheus reads them, for node_exporter's textfile collector."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nmapwatchd.capture.stats import InterfaceStatus
from nmapwatchd.delivery.worker import SinkStatus
from nmapwatchd.formats.escape import printable

# What each count of the counters means, in the words of Prometheus' HELP lines.
COUNTS: Mapping[str, str] = {
    "frames": "Frames that the kernel's filter let through.",
    "kernel_drops": "Frames that the kernel could not hand over.",
    "candidates": "Frames that tshark's filter let through.",
    "undecodable": "Candidates that could not be read as one observation.",
    "shed": "Candidates of loud sources that were not looked at, as far as counted.",
    "lost_at_handover": "Frames, about, that a replaced capture held when it had to be ended.",
    "duplicates": "Observations that were copies of an earlier frame.",
    "replies": "Observations that sent a scanner's own bytes back to it.",
    "sightings": "Signatures that held.",
    "expected": "Sightings of authorised scanners.",
    "alerts": "Alerts said.",
    "forgotten": "Scanners that fell silent with too little evidence for an alert.",
    "undelivered": "Messages that some sink lost.",
}
_UNKNOWN = "A count of nmapwatchd."


@dataclass(frozen=True, slots=True)
class Metrics:
    """The counts of one moment."""

    version: str
    counts: Mapping[str, int]
    scans: int
    interfaces: tuple[InterfaceStatus, ...]
    sinks: tuple[SinkStatus, ...]


_EYES: tuple[tuple[str, str, Callable[[InterfaceStatus], int]], ...] = (
    ("seeing", "1 where the interface is seen, 0 where not.", lambda eye: int(eye.is_capturing)),
    ("frames_total", COUNTS["frames"], lambda eye: eye.frames),
    ("kernel_drops_total", COUNTS["kernel_drops"], lambda eye: eye.dropped),
    ("respawns_total", "How often another tshark took over.", lambda eye: eye.respawns),
)
_MOUTHS: tuple[tuple[str, str, Callable[[SinkStatus], int]], ...] = (
    ("faulty", "1 where the sink does not take what it is told.", lambda m: int(m.is_failing)),
    ("waiting", "Messages that wait for the sink in memory.", lambda m: m.queued),
    ("lost_total", "Messages that the sink will not get.", lambda m: m.lost),
)


def exposition(metrics: Metrics) -> str:
    """Return metrics in Prometheus' text format, version 0.0.4."""
    found = [
        _family(f"{name}_total", COUNTS.get(name, _UNKNOWN), [("", count)])
        for name, count in metrics.counts.items()
    ]
    found.append(_family("scans", "Scans that go on.", [("", metrics.scans)]))
    for name, meaning, of_eye in _EYES:
        samples = [(_label("interface", eye.interface), of_eye(eye)) for eye in metrics.interfaces]
        found.append(_family(f"interface_{name}", meaning, samples))
    for name, meaning, of_mouth in _MOUTHS:
        samples = [(_label("sink", mouth.sink), of_mouth(mouth)) for mouth in metrics.sinks]
        found.append(_family(f"sink_{name}", meaning, samples))
    found.append(_family("info", "What runs.", [(_label("version", metrics.version), 1)]))
    return "".join(found)


def write(text: str, file: Path) -> None:
    """
    Put a text in a file's place at once, for everybody to read.

    Raises:
        OSError: it cannot be written; what was there before stays.
    """
    new = file.with_name(f".{file.name}.new")
    with new.open("w", encoding="utf-8") as out:
        out.write(text)
        os.fchmod(out.fileno(), 0o644)
    new.replace(file)


def _family(name: str, meaning: str, samples: Iterable[tuple[str, int]]) -> str:
    """Write a metric; what is counted ends in _total, as Prometheus wants it."""
    kind = "counter" if name.endswith("_total") else "gauge"
    lines = "".join(f"nmapwatchd_{name}{label} {value}\n" for label, value in samples)
    return f"# HELP nmapwatchd_{name} {meaning}\n# TYPE nmapwatchd_{name} {kind}\n{lines}"


def _label(name: str, value: str) -> str:
    escaped = printable(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'{{{name}="{escaped}"}}'
