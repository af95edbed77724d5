"""The sensors that watch an interface: how each is run, when it sees, and what it lost."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.clients import RuleInfo
from benchmarks.network import INTERFACE
from benchmarks.offline_sensors import (
    NMAPWATCHD,
    Work,
    suricata_command,
    told_by_alerts,
    told_by_suricata,
)

# Frames that the ring of each of Suricata's threads holds: with full ones, 36 MiB, all that
# nmapwatchd has.
_RING = 25_000
_DROPS = re.compile(r"packets: (\d+), drops: (\d+)")


@dataclass(frozen=True, slots=True)
class Watcher:
    """
    A sensor that supervisors an interface.

    Args:
        name: as the table calls it.
        command: what runs it in its namespace.
        sees: whether it has opened the interface.
        told: the marks of its output so far.
        lost: frames that the kernel could not hand over, once it has ended.
    """

    name: str
    command: Callable[[Work], Sequence[str]]
    sees: Callable[[Work], bool]
    told: Callable[[Work], frozenset[RuleInfo]]
    lost: Callable[[Work], int]


def nmapwatchd() -> Watcher:
    """Return this project's `run`."""
    return Watcher(
        "nmapwatchd run",
        lambda _: (*NMAPWATCHD, "run", "--interface", INTERFACE, "--output", "json"),
        lambda work: "sensor-started" in _text(work, "output"),
        lambda work: told_by_alerts(work.output),
        _lost_by_nmapwatchd,
    )


def suricata(name: str, **settings: str) -> Watcher:
    """
    Return Suricata as an AF_PACKET sensor with a thread for each processor.

    Args:
        name: as the table calls it.
        settings: what else is set of its capture.
    """
    chosen = {"interface": INTERFACE, "threads": "auto", "ring-size": str(_RING), **settings}
    words = [word for k, v in chosen.items() for word in ("--set", f"af-packet.0.{k}={v}")]
    return Watcher(
        name,
        lambda work: suricata_command(work, f"--af-packet={INTERFACE}", *words),
        lambda work: "Engine started" in _text(work, "suricata.log"),
        told_by_suricata,
        _lost_by_suricata,
    )


def _lost_by_nmapwatchd(work: Work) -> int:
    for line in _text(work, "output").splitlines():
        said = json.loads(line)
        if said["event"]["action"] == "sensor-stopped":
            return int(said["nmapwatchd"]["counts"]["kernel_drops"])
    raise RuntimeError("nmapwatchd did not say that it stopped")


def _lost_by_suricata(work: Work) -> int:
    found = _DROPS.findall(_text(work, "suricata.log"))
    if not found:
        raise RuntimeError(f"suricata did not say its counts: {_text(work, 'suricata.log')}")
    return sum(int(drops) for _, drops in found)


def _text(work: Work, name: str) -> str:
    path = work.folder / name
    return path.read_text(errors="replace") if path.exists() else ""
