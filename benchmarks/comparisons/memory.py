"""Measures the memory of `nmapwatchd run` during millions of candidates."""

import json
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.candidates import write_candidates
from benchmarks.flood import sources
from benchmarks.measure import Program, Spread
from benchmarks.network import INTERFACE, cable, inside
from benchmarks.offline_sensors import NMAPWATCHD
from benchmarks.report import Comparison
from benchmarks.runs import Row, Settings
from benchmarks.traffic import traffic

# Sending rate as a share of a replay's rate: the sender needs processor time, too, and no frame
# should be lost.
_RATE_SHARE = 0.5
# Seconds between two samples of the memory.
_SAMPLE_SECONDS = 1.0
# Timeouts until the sensor has opened the interface, and until it has reported the last scanners,
# seconds.
_START_TIMEOUT, _REPORT_TIMEOUT = 60.0, 10.0
# Timeout without a candidate, seconds.
_IDLE_TIMEOUT = 60.0
# Fewest candidates to compare: a tshark grows during some 12,000 until it is replaced, and many
# replacements make the start of a comparison irrelevant.
_MINIMUM_CANDIDATES = 300_000
_MIB = 1 << 20
_MILLION = 1_000_000
# The log message of a planned replacement of tshark.
_REPLACEMENT = re.compile("tshark memory limit reached")
_CONFIG = """\
interfaces = ["{interface}"]
heartbeat_seconds = 1
[window]
scans_per_minute = 1000000
[spool]
directory = "{folder}/spool"
[[sink]]
kind = "jsonl"
path = "{folder}/alerts"
"""


@dataclass(frozen=True, slots=True)
class _Sample:
    """One sample: seconds since the start, candidates so far, bytes of memory."""

    at: float
    candidates: int
    memory: int


class _Alerts:
    """Reads the sensor's alert file while it grows."""

    def __init__(self, path: Path) -> None:
        self._path, self._rest, self._offset = path, b"", 0
        self.counts: dict[str, int] = {}
        self.actions: set[str] = set()
        self.sources: set[str] = set()

    def read(self) -> None:
        """Read the messages since the last call."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._offset)
            data = file.read()
            self._offset = file.tell()
        *lines, self._rest = (self._rest + data).split(b"\n")
        for message in map(json.loads, lines):
            self.actions.add(message["event"]["action"])
            if message["event"]["action"].startswith("sensor-"):
                self.counts = message["nmapwatchd"]["counters"]
            elif "ip" in message["source"]:  # not the summary of a flood
                self.sources.add(message["source"]["ip"])


def run(settings: Settings) -> list[Comparison]:
    """Compare the memory during the last candidates with the memory during the first."""
    sizes = settings.sizes
    mix = traffic("mix", sizes.frames, sizes.scans, settings.cache)
    size = sizes.candidates
    with (
        tempfile.TemporaryDirectory(prefix="run-", dir=settings.cache) as name,
        cable(is_silent=True) as wire,
    ):
        folder = Path(name)
        candidates = folder / "candidates.pcap"
        rate = round(_RATE_SHARE * write_candidates(mix.path, candidates, size))
        config = folder / "nmapwatchd.toml"
        config.write_text(_CONFIG.format(interface=INTERFACE, folder=folder))
        command = inside(wire.far, *NMAPWATCHD, "run", "--config", str(config))
        program = Program(command, folder / "output", _SAMPLE_SECONDS)
        alerts = _Alerts(folder / "alerts")
        try:
            _wait_until_capturing(program, alerts)
            flood = (sys.executable, "-m", "benchmarks.flood", str(candidates), str(rate))
            sender = Program(inside(wire.near, *flood), folder / "sent", _SAMPLE_SECONDS)
            try:
                samples = _sample(program, alerts, size)
            finally:
                sender.stop()
            sent = int((folder / "sent").read_text())
            scanners = frozenset(sources(sent))
            _wait_until_reported(alerts, scanners)
        finally:
            program.stop()
        alerts.read()
        replacements = len(_REPLACEMENT.findall(program.stderr))
    part = min(size // 2, max(size // 10, _MINIMUM_CANDIDATES))
    first = _row(f"first {part:,} candidates", [one for one in samples if one.candidates <= part])
    last = _row(
        f"last {part:,} candidates", [one for one in samples if one.candidates > size - part]
    )
    first = replace(
        first,
        memory=max(one.memory for one in samples),
        remark=_remark(samples, alerts, sent, scanners, replacements),
    )
    title = f"memory of all processes of nmapwatchd run, {size:,} candidates"
    return [Comparison(title, "MiB", [first, last], is_less_better=True)]


def _wait_until_capturing(program: Program, alerts: _Alerts) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while "sensor-started" not in alerts.actions:
        if not program.is_running or time.monotonic() > deadline:
            raise RuntimeError(f"nmapwatchd does not capture: {program.stderr[-1000:]}")
        time.sleep(0.1)
        alerts.read()


def _wait_until_reported(alerts: _Alerts, scanners: frozenset[str]) -> None:
    deadline = time.monotonic() + _REPORT_TIMEOUT
    while not scanners <= alerts.sources and time.monotonic() < deadline:
        time.sleep(0.1)
        alerts.read()


def _sample(program: Program, alerts: _Alerts, size: int) -> list[_Sample]:
    """Sample the memory until the sensor has processed `size` candidates."""
    start = last_progress = time.monotonic()
    samples = [_Sample(0.0, 0, program.memory)]
    while samples[-1].candidates < size:
        time.sleep(_SAMPLE_SECONDS)
        alerts.read()
        now = time.monotonic()
        samples.append(_Sample(now - start, alerts.counts.get("candidates", 0), program.memory))
        if samples[-1].candidates > samples[-2].candidates:
            last_progress = now
        if not program.is_running or now - last_progress > _IDLE_TIMEOUT:
            raise RuntimeError(f"nmapwatchd receives no candidates: {program.stderr[-1000:]}")
    return samples


def _row(name: str, samples: Sequence[_Sample]) -> Row:
    seconds = samples[-1].at - samples[0].at
    sizes = [one.memory / _MIB for one in samples]
    return Row(
        name=name,
        units=samples[-1].candidates - samples[0].candidates,
        wall=Spread(seconds, seconds, seconds),
        start_up=0.0,
        cpu=Spread(0.0, 0.0, 0.0),
        start_cpu=0.0,
        memory=0,
        rate=Spread.of(sizes),
        expected=0,
        missed=(),
        false_positives=0,
    )


def _remark(
    samples: Sequence[_Sample],
    alerts: _Alerts,
    sent: int,
    scanners: frozenset[str],
    replacements: int,
) -> str:
    counts = alerts.counts
    settled = [one for one in samples if one.candidates > samples[-1].candidates // 10]
    slope = statistics.linear_regression(
        [one.candidates / _MILLION for one in settled], [one.memory / _MIB for one in settled]
    ).slope
    return (
        f"{slope:+.2f} MiB per million candidates after the first tenth, "
        f"{replacements} planned replacements of tshark; {sent:,} messages sent, "
        f"{counts['candidates']:,} processed, {counts['kernel_drops']:,} lost, "
        f"{counts['shed']:,} shed; "
        f"{len(scanners & alerts.sources):,} of {len(scanners):,} scanners detected"
    )
