"""From the wire to the journal: `nmapwatchd run` against `pyshark.LiveCapture` in its place."""

import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.journal import Journal, journal
from benchmarks.measure import Cost, Program, Spread
from benchmarks.network import INTERFACE, SERVER, Cable, cable, inside, lend
from benchmarks.offline_sensors import NMAPWATCHD
from benchmarks.report import Pairing
from benchmarks.runs import Row, Settings
from benchmarks.servers import running

# Seconds that a sensor has until it tells a first request, and to tell the last one.
_OPEN_SECONDS, _TELL_SECONDS = 60.0, 5.0
_CONFIG = """\
interfaces = ["{interface}"]
[spool]
directory = "{folder}/spool"
[[sink]]
kind = "journald"
"""


@dataclass(frozen=True, slots=True)
class _Sensor:
    """A sensor that writes to the journal: what the table calls it, and what runs it."""

    name: str
    command: Callable[[Path], Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Run:
    """One run: how long each request took to be in the journal, by source; 0 for never."""

    seconds: dict[str, float]
    cost: Cost

    def share(self, part: float) -> float:
        """Return the milliseconds that so many of the requests did not exceed."""
        told = sorted(value for value in self.seconds.values() if value)
        return told[math.ceil(part * len(told)) - 1] * 1000 if told else math.inf


def pairings(settings: Settings) -> list[Pairing]:
    """Compare the times that half of the requests, and 99 of 100, do not exceed."""
    sensors = (_Sensor("nmapwatchd run", _nmapwatchd), _Sensor("pyshark.LiveCapture", _pyshark))
    runs: dict[str, list[_Run]] = {sensor.name: [] for sensor in sensors}
    with tempfile.TemporaryDirectory(prefix="run-", dir=settings.cache) as name, cable() as wire:
        folder = Path(name)
        (folder / "servers").mkdir()
        lend(wire.near, "10.88.128.0/17")
        with running(wire.far, folder / "servers"):
            for number in range(settings.repeat):
                for sensor in sensors:
                    work = folder / f"{number}-{sensor.name}"
                    work.mkdir()
                    runs[sensor.name].append(_run(sensor, wire, work, settings.sizes.asked))
    return [
        Pairing(
            f"wire to journal entry, {title} of {settings.sizes.asked} requests",
            "ms",
            [_row(sensor.name, runs[sensor.name], part) for sensor in sensors],
            is_less_better=True,
        )
        for title, part in (("p50", 0.5), ("p99", 0.99))
    ]


def _nmapwatchd(work: Path) -> Sequence[str]:
    config = work / "nmapwatchd.toml"
    config.write_text(_CONFIG.format(interface=INTERFACE, folder=work))
    return (*NMAPWATCHD, "run", "--config", str(config))


def _pyshark(work: Path) -> Sequence[str]:
    # What its dumpcap writes and leaves behind is removed with the folder.
    return ("env", f"TMPDIR={work}", sys.executable, "-m", "benchmarks.live_pyshark", INTERFACE)


def _run(sensor: _Sensor, wire: Cable, work: Path, requests: int) -> _Run:
    with journal() as entries:
        command = entries.inside(inside(wire.far, *sensor.command(work)))
        program = Program(command, work / "output")
        try:
            _await_sight(program, wire, entries)
            sent = _ask(wire, [f"10.88.200.{n + 1}" for n in range(requests)])
            deadline = time.monotonic() + _TELL_SECONDS
            while not sent.keys() <= entries.sources().keys() and time.monotonic() < deadline:
                time.sleep(0.2)
        finally:
            cost = program.stop()
        told = entries.sources()
    return _Run({name: max(0.0, told.get(name, at) - at) for name, at in sent.items()}, cost)


def _await_sight(program: Program, wire: Cable, entries: Journal) -> None:
    """Ask from ever other addresses until the sensor tells one of them."""
    deadline = time.monotonic() + _OPEN_SECONDS
    number = 0
    asked: set[str] = set()
    while not asked & entries.sources().keys():
        if not program.is_running or time.monotonic() > deadline:
            raise RuntimeError(f"the sensor does not see: {program.said[-1000:]}")
        asked |= _ask(wire, [f"10.88.{201 + number // 200}.{1 + number % 200}"]).keys()
        number += 1
        time.sleep(0.3)


def _ask(wire: Cable, sources: Sequence[str]) -> dict[str, float]:
    """Send a request from each address; return when it was sent."""
    command = (sys.executable, "-m", "benchmarks.send_requests", SERVER, *sources)
    said = subprocess.run(
        inside(wire.near, *command), check=True, capture_output=True, text=True
    ).stdout
    return {name: float(at) for name, at in map(str.split, said.splitlines())}


def _row(name: str, runs: Sequence[_Run], part: float) -> Row:
    figures = Spread.of([run.share(part) for run in runs])
    worst = max(value for run in runs for value in run.seconds.values())
    last = runs[-1]
    return Row(
        name=name,
        units=len(last.seconds),
        wall=Spread(0.0, 0.0, 0.0),
        start_up=0.0,
        cpu=Spread(0.0, 0.0, 0.0),
        start_cpu=0.0,
        memory=max(run.cost.memory for run in runs),
        rate=figures,
        must=len(last.seconds),
        missed=tuple(source for source, seconds in last.seconds.items() if not seconds),
        others=0,
        remark=f"at most {worst * 1000:.1f} ms",
    )
