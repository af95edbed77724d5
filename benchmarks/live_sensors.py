"""The sensors that capture on an interface: the command of each, its readiness and its losses."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.clients import TestScan
from benchmarks.network import INTERFACE
from benchmarks.offline_sensors import (
    NMAPWATCHD,
    Workspace,
    scans_in_alerts,
    scans_in_fast_log,
    suricata_command,
)

# Frames in the ring of each of Suricata's threads: with full-sized frames 36 MiB, the size of
# nmapwatchd's only ring.
_RING = 25_000
_DROPS = re.compile(r"packets: (\d+), drops: (\d+)")


@dataclass(frozen=True, slots=True)
class LiveSensor:
    """
    A sensor that captures on an interface.

    Args:
        name: its name in tables.
        command: returns the command that runs it in its namespace.
        is_capturing: returns whether it has opened the interface.
        detected: returns the scans in its output so far.
        lost: returns the number of frames that the kernel dropped, after the run.
    """

    name: str
    command: Callable[[Workspace], Sequence[str]]
    is_capturing: Callable[[Workspace], bool]
    detected: Callable[[Workspace], frozenset[TestScan]]
    lost: Callable[[Workspace], int]


def nmapwatchd() -> LiveSensor:
    """Return `nmapwatchd run`."""
    return LiveSensor(
        "nmapwatchd run",
        lambda _: (*NMAPWATCHD, "run", "--interface", INTERFACE, "--output", "json"),
        lambda work: "sensor-started" in _text(work, "output"),
        lambda work: scans_in_alerts(work.output),
        _lost_by_nmapwatchd,
    )


def suricata(name: str, **settings: str) -> LiveSensor:
    """
    Return Suricata in AF_PACKET mode with a thread for each processor.

    Args:
        name: its name in tables.
        settings: further settings of its capture.
    """
    chosen = {"interface": INTERFACE, "threads": "auto", "ring-size": str(_RING), **settings}
    words = [word for k, v in chosen.items() for word in ("--set", f"af-packet.0.{k}={v}")]
    return LiveSensor(
        name,
        lambda work: suricata_command(work, f"--af-packet={INTERFACE}", *words),
        lambda work: "Engine started" in _text(work, "suricata.log"),
        scans_in_fast_log,
        _lost_by_suricata,
    )


def _lost_by_nmapwatchd(work: Workspace) -> int:
    for line in _text(work, "output").splitlines():
        message = json.loads(line)
        if message["event"]["action"] == "sensor-stopped":
            return int(message["nmapwatchd"]["counters"]["kernel_drops"])
    raise RuntimeError("nmapwatchd did not report that it stopped")


def _lost_by_suricata(work: Workspace) -> int:
    found = _DROPS.findall(_text(work, "suricata.log"))
    if not found:
        raise RuntimeError(f"suricata did not log its counts: {_text(work, 'suricata.log')}")
    return sum(int(drops) for _, drops in found)


def _text(work: Workspace, name: str) -> str:
    path = work.folder / name
    return path.read_text(errors="replace") if path.exists() else ""
