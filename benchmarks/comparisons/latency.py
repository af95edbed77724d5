"""Compares the time from packet to journal entry of `nmapwatchd run` and `pyshark.LiveCapture`."""

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
from benchmarks.network import INTERFACE, SERVER, Cable, add_local_network, cable, inside
from benchmarks.offline_sensors import NMAPWATCHD
from benchmarks.report import Comparison
from benchmarks.runs import Row, Settings
from benchmarks.servers import running

# Timeouts until a sensor reports the first request, and until it reports the last one, seconds.
_START_TIMEOUT, _REPORT_TIMEOUT = 60.0, 5.0
_CONFIG = """\
interfaces = ["{interface}"]
[spool]
directory = "{folder}/spool"
[[sink]]
kind = "journald"
"""


@dataclass(frozen=True, slots=True)
class _Sensor:
    """A sensor that writes to the journal: its name in tables, and its command."""

    name: str
    command: Callable[[Path], Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Run:
    """One run: the latency of each request by source, 0 if it was missed; and the cost."""

    latencies: dict[str, float]
    cost: Cost

    def quantile(self, share: float) -> float:
        """Return a quantile of the latencies, milliseconds."""
        reported = sorted(value for value in self.latencies.values() if value)
        return reported[math.ceil(share * len(reported)) - 1] * 1000 if reported else math.inf


def run(settings: Settings) -> list[Comparison]:
    """Compare the median and the 99th percentile of the latencies."""
    sensors = (_Sensor("nmapwatchd run", _nmapwatchd), _Sensor("pyshark.LiveCapture", _pyshark))
    runs: dict[str, list[_Run]] = {sensor.name: [] for sensor in sensors}
    with tempfile.TemporaryDirectory(prefix="run-", dir=settings.cache) as name, cable() as wire:
        folder = Path(name)
        (folder / "servers").mkdir()
        add_local_network(wire.near, "10.88.128.0/17")
        with running(wire.far, folder / "servers"):
            for number in range(settings.repeat):
                for sensor in sensors:
                    work = folder / f"{number}-{sensor.name}"
                    work.mkdir()
                    requests = settings.sizes.latency_requests
                    runs[sensor.name].append(_run(sensor, wire, work, requests))
    return [
        Comparison(
            f"wire to journal entry, {name} of {settings.sizes.latency_requests} requests",
            "ms",
            [_row(sensor.name, runs[sensor.name], share) for sensor in sensors],
            is_less_better=True,
        )
        for name, share in (("p50", 0.5), ("p99", 0.99))
    ]


def _nmapwatchd(work: Path) -> Sequence[str]:
    config = work / "nmapwatchd.toml"
    config.write_text(_CONFIG.format(interface=INTERFACE, folder=work))
    return (*NMAPWATCHD, "run", "--config", str(config))


def _pyshark(work: Path) -> Sequence[str]:
    # dumpcap's temporary files, which it leaves, are removed with the directory.
    return ("env", f"TMPDIR={work}", sys.executable, "-m", "benchmarks.live_pyshark", INTERFACE)


def _run(sensor: _Sensor, wire: Cable, work: Path, requests: int) -> _Run:
    with journal() as entries:
        command = entries.inside(inside(wire.far, *sensor.command(work)))
        program = Program(command, work / "output")
        try:
            _wait_until_capturing(program, wire, entries)
            sent = _send(wire, [f"10.88.200.{n + 1}" for n in range(requests)])
            deadline = time.monotonic() + _REPORT_TIMEOUT
            while not sent.keys() <= entries.sources().keys() and time.monotonic() < deadline:
                time.sleep(0.2)
        finally:
            cost = program.stop()
        reported = entries.sources()
    latencies = {name: max(0.0, reported.get(name, at) - at) for name, at in sent.items()}
    return _Run(latencies, cost)


def _wait_until_capturing(program: Program, wire: Cable, entries: Journal) -> None:
    """Send requests, each from another address, until the sensor reports one of them."""
    deadline = time.monotonic() + _START_TIMEOUT
    number = 0
    sent: set[str] = set()
    while not sent & entries.sources().keys():
        if not program.is_running or time.monotonic() > deadline:
            raise RuntimeError(f"the sensor does not capture: {program.stderr[-1000:]}")
        sent |= _send(wire, [f"10.88.{201 + number // 200}.{1 + number % 200}"]).keys()
        number += 1
        time.sleep(0.3)


def _send(wire: Cable, sources: Sequence[str]) -> dict[str, float]:
    """Send a request from each address; return the time of each, seconds since the epoch."""
    command = (sys.executable, "-m", "benchmarks.send_requests", SERVER, *sources)
    times = subprocess.run(
        inside(wire.near, *command), check=True, capture_output=True, text=True
    ).stdout
    return {name: float(at) for name, at in map(str.split, times.splitlines())}


def _row(name: str, runs: Sequence[_Run], share: float) -> Row:
    figures = Spread.of([run.quantile(share) for run in runs])
    worst = max(value for run in runs for value in run.latencies.values())
    last = runs[-1]
    return Row(
        name=name,
        units=len(last.latencies),
        wall=Spread(0.0, 0.0, 0.0),
        start_up=0.0,
        cpu=Spread(0.0, 0.0, 0.0),
        start_cpu=0.0,
        memory=max(run.cost.memory for run in runs),
        rate=figures,
        expected=len(last.latencies),
        missed=tuple(source for source, seconds in last.latencies.items() if not seconds),
        false_positives=0,
        remark=f"at most {worst * 1000:.1f} ms",
    )
