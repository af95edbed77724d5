"""`nmapwatchd run` through millions of candidates: whether its processes keep their size."""

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
from benchmarks.comparison import Row, Settings
from benchmarks.contenders import NMAPWATCHD
from benchmarks.flood import senders
from benchmarks.measure import Program, Spread
from benchmarks.network import INTERFACE, cable, inside
from benchmarks.report import Pairing
from benchmarks.traffic import traffic

# What is sent of the rate at which a replay goes through the candidates: the sender needs a part
# of the machine, and nothing shall be lost.
_PART = 0.5
# Seconds between two looks at the memory; that the sensor has to open the interface; and to tell
# what it has seen when the last message is sent.
_LOOK_SECONDS, _OPEN_SECONDS, _TELL_SECONDS = 1.0, 60.0, 10.0
# Seconds without a candidate, after which the sensor is taken for blind.
_STUCK_SECONDS = 60.0
# Candidates that are compared at least: a tshark grows for some 12,000 until it is replaced, and
# it shall not matter where in that a comparison begins.
_SAWS = 300_000
_MIB = 1 << 20
_MILLION = 1_000_000
# How the diary begins a planned re-spawn.
_RESPAWN = re.compile("tshark memory limit reached")
_CONFIG = """\
interfaces = ["{interface}"]
heartbeat_seconds = 1
[spool]
directory = "{folder}/spool"
[[sink]]
kind = "jsonl"
path = "{folder}/alerts"
"""


@dataclass(frozen=True, slots=True)
class _Look:
    """What was seen at one moment: seconds since the start, candidates until then, bytes."""

    at: float
    candidates: int
    memory: int


class _Alerts:
    """The sensor's file of alerts, read as it grows."""

    def __init__(self, path: Path) -> None:
        self._path, self._rest, self._place = path, b"", 0
        self.counts: dict[str, int] = {}
        self.actions: set[str] = set()
        self.told: set[str] = set()

    def read(self) -> None:
        """Take in what is new."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._place)
            data = file.read()
            self._place = file.tell()
        *lines, self._rest = (self._rest + data).split(b"\n")
        for said in map(json.loads, lines):
            self.actions.add(said["event"]["action"])
            if said["event"]["kind"] == "alert":
                self.told.add(said["source"]["ip"])
            else:
                self.counts = said["nmapwatchd"]["counts"]


def pairings(settings: Settings) -> list[Pairing]:
    """Compare the memory during the last candidates with that during the first."""
    sizes = settings.sizes
    mix = traffic("mix", sizes.frames, sizes.scans, settings.cache)
    size = sizes.candidates
    with (
        tempfile.TemporaryDirectory(prefix="run-", dir=settings.cache) as name,
        cable(is_silent=True) as wire,
    ):
        folder = Path(name)
        candidates = folder / "candidates.pcap"
        rate = round(_PART * write_candidates(mix.path, candidates, size))
        config = folder / "nmapwatchd.toml"
        config.write_text(_CONFIG.format(interface=INTERFACE, folder=folder))
        command = inside(wire.far, *NMAPWATCHD, "run", "--config", str(config))
        program = Program(command, folder / "output", _LOOK_SECONDS)
        alerts = _Alerts(folder / "alerts")
        try:
            _await_sight(program, alerts)
            flood = (sys.executable, "-m", "benchmarks.flood", str(candidates), str(rate))
            sender = Program(inside(wire.near, *flood), folder / "sent", _LOOK_SECONDS)
            try:
                looks = _watch(program, alerts, size)
            finally:
                sender.stop()
            sent = int((folder / "sent").read_text())
            begun = frozenset(senders(sent))
            _await_told(alerts, begun)
        finally:
            program.stop()
        alerts.read()
        respawns = len(_RESPAWN.findall(program.said))
    part = min(size // 2, max(size // 10, _SAWS))
    first = _row(f"first {part:,} candidates", [look for look in looks if look.candidates <= part])
    last = _row(
        f"last {part:,} candidates", [look for look in looks if look.candidates > size - part]
    )
    whole = replace(
        first,
        memory=max(look.memory for look in looks),
        remark=_remark(looks, alerts, sent, begun, respawns),
    )
    name = f"memory of all processes of nmapwatchd run, {size:,} candidates"
    return [Pairing(name, "MiB", [whole, last], is_less_better=True)]


def _await_sight(program: Program, alerts: _Alerts) -> None:
    deadline = time.monotonic() + _OPEN_SECONDS
    while "sensor-started" not in alerts.actions:
        if not program.is_running or time.monotonic() > deadline:
            raise RuntimeError(f"nmapwatchd does not watch: {program.said[-1000:]}")
        time.sleep(0.1)
        alerts.read()


def _await_told(alerts: _Alerts, begun: frozenset[str]) -> None:
    deadline = time.monotonic() + _TELL_SECONDS
    while not begun <= alerts.told and time.monotonic() < deadline:
        time.sleep(0.1)
        alerts.read()


def _watch(program: Program, alerts: _Alerts, size: int) -> list[_Look]:
    """Look at the sensor until it has seen so many candidates."""
    began = news = time.monotonic()
    looks = [_Look(0.0, 0, program.memory)]
    while looks[-1].candidates < size:
        time.sleep(_LOOK_SECONDS)
        alerts.read()
        now = time.monotonic()
        looks.append(_Look(now - began, alerts.counts.get("candidates", 0), program.memory))
        if looks[-1].candidates > looks[-2].candidates:
            news = now
        if not program.is_running or now - news > _STUCK_SECONDS:
            raise RuntimeError(f"nmapwatchd sees no candidates: {program.said[-1000:]}")
    return looks


def _row(name: str, looks: Sequence[_Look]) -> Row:
    seconds = looks[-1].at - looks[0].at
    sizes = [look.memory / _MIB for look in looks]
    return Row(
        name=name,
        units=looks[-1].candidates - looks[0].candidates,
        wall=Spread(seconds, seconds, seconds),
        start_up=0.0,
        cpu=Spread(0.0, 0.0, 0.0),
        start_cpu=0.0,
        memory=0,
        rate=Spread.of(sizes),
        must=0,
        missed=(),
        others=0,
    )


def _remark(
    looks: Sequence[_Look], alerts: _Alerts, sent: int, begun: frozenset[str], respawns: int
) -> str:
    counts = alerts.counts
    settled = [look for look in looks if look.candidates > looks[-1].candidates // 10]
    slope = statistics.linear_regression(
        [look.candidates / _MILLION for look in settled], [look.memory / _MIB for look in settled]
    ).slope
    return (
        f"{slope:+.2f} MiB for each million candidates after the first tenth, "
        f"{respawns} planned re-spawns; {sent:,} messages sent, {counts['candidates']:,} looked "
        f"at, {counts['kernel_drops']:,} lost, {counts['shed']:,} passed over; "
        f"{len(begun & alerts.told):,} of {len(begun):,} scanners told"
    )
