"""`nmapwatchd run` against Suricata's AF_PACKET mode on a cable: loss, and cost without loss."""

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import live_sensors
from benchmarks.clients import RuleInfo
from benchmarks.live_sensors import Watcher
from benchmarks.measure import Cost, Program, Spread
from benchmarks.network import cable, inside
from benchmarks.offline_sensors import Work
from benchmarks.report import Pairing
from benchmarks.runs import Row, Settings
from benchmarks.tcpreplay import Sending, send
from benchmarks.traffic import Traffic, traffic

# Frames a second at which costs are compared: no sensor loses any on a small machine.
_MODEST_RATE = 25_000
# Times that the mix is sent for a rate without loss: long enough that no ring hides a sensor that
# is too slow.
_TIMES = 5
# Who send it then: one alone is slowed down by the sensors' own filters before they lose anything.
_SENDERS = os.cpu_count() or 1
# What is tried after a rate at which something was lost, and how often at most.
_STEP, _STEPS = 0.75, 12
# Has Suricata's frames gathered by the kernel as well, which Debian's configuration leaves off.
_GATHERING = {"tpacket-v3": "yes", "block-size": "262144"}
# Seconds that a sensor has to open the interface; and to tell what it has seen, twice the time in
# which nmapwatchd asks the kernel's counts.
_OPEN_SECONDS, _TELL_SECONDS = 60.0, 4.0


@dataclass(frozen=True, slots=True)
class _Watch:
    """One run of a watcher while a capture was sent."""

    sending: Sending
    lost: int
    cpu: float
    cost: Cost
    told: frozenset[RuleInfo]


@dataclass(slots=True)
class _Runs:
    top: list[_Watch] = field(default_factory=list)
    clean: list[_Watch] = field(default_factory=list)
    modest: list[_Watch] = field(default_factory=list)


def pairings(settings: Settings) -> list[Pairing]:
    """Compare the highest rate without loss, and the cost of the same traffic."""
    mix = traffic("mix", settings.sizes.frames, settings.sizes.scans, settings.cache)
    sensors = [live_sensors.nmapwatchd()]
    if settings.has_suricata:
        sensors.append(live_sensors.suricata("suricata af-packet"))
        sensors.append(live_sensors.suricata("suricata tpacket-v3", **_GATHERING))
    runs = {sensor.name: _Runs() for sensor in sensors}
    alone: list[Sending] = []
    for _ in range(settings.repeat):
        with cable(is_silent=True) as wire:
            alone.append(send(wire, mix.path, 0, _TIMES, _SENDERS))
        for sensor in sensors:
            mine = runs[sensor.name]
            mine.top.append(_watch(sensor, mix, settings, times=_TIMES, senders=_SENDERS))
            mine.clean.append(_without_loss(sensor, mix, mine.top[-1], settings))
            mine.modest.append(_watch(sensor, mix, settings, rate=_MODEST_RATE))
    unseen = Spread.of([one.cpu / _TIMES / _SENDERS for one in alone]).median
    top = Spread.of([one.rate for one in alone]).median
    return [
        Pairing(
            f"live, highest rate without loss; unwatched, the cable carries {top:,.0f} frames/s",
            "frames",
            [_rate_row(sensor, runs[sensor.name], mix) for sensor in sensors],
        ),
        Pairing(
            f"live, cost of {mix.frames:,} frames at {_MODEST_RATE:,} frames/s",
            "frames/CPU",
            [_cost_row(sensor, runs[sensor.name], mix, unseen) for sensor in sensors],
        ),
    ]


def _without_loss(sensor: Watcher, mix: Traffic, top: _Watch, settings: Settings) -> _Watch:
    """Slow down until nothing is lost."""
    watch = top
    for _ in range(_STEPS):
        if not watch.lost:
            return watch
        watch = _watch(
            sensor,
            mix,
            settings,
            rate=int(watch.sending.rate * _STEP),
            times=_TIMES,
            senders=_SENDERS,
        )
    return watch


def _watch(
    sensor: Watcher,
    mix: Traffic,
    settings: Settings,
    *,
    rate: int = 0,
    times: int = 1,
    senders: int = 1,
) -> _Watch:
    with (
        tempfile.TemporaryDirectory(prefix="work-", dir=settings.cache) as name,
        cable(is_silent=True) as wire,
    ):
        work = Work(Path(name), settings.peer_root)
        work.folder.chmod(0o755)
        program = Program(inside(wire.far, *sensor.command(work)), work.output)
        _await_sight(sensor, program, work)
        return _send_to(
            sensor, program, work, mix, lambda: send(wire, mix.path, rate, times, senders)
        )


def _await_sight(sensor: Watcher, program: Program, work: Work) -> None:
    deadline = time.monotonic() + _OPEN_SECONDS
    while not sensor.sees(work):
        if not program.is_running or time.monotonic() > deadline:
            program.stop()
            raise RuntimeError(f"{sensor.name} does not watch: {program.said[-1000:]}")
        time.sleep(0.05)


def _send_to(
    sensor: Watcher, program: Program, work: Work, mix: Traffic, sent: Callable[[], Sending]
) -> _Watch:
    before = program.cpu
    try:
        sending = sent()
        deadline = time.monotonic() + _TELL_SECONDS
        time.sleep(_TELL_SECONDS / 2)
        while not mix.marks <= sensor.told(work) and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        cost = program.stop()
    return _Watch(sending, sensor.lost(work), cost.cpu - before, cost, sensor.told(work))


def _rate_row(sensor: Watcher, runs: _Runs, mix: Traffic) -> Row:
    top = Spread.of([one.sending.rate for one in runs.top]).median
    lost = Spread.of([one.lost / one.sending.frames for one in runs.top]).median
    remark = f"at top speed, {top:,.0f} frames/s, it loses {lost:.1%}"
    if any(one.lost for one in runs.clean):
        remark += "; it loses some at every rate that was tried"
    rates = Spread.of([one.sending.rate for one in runs.clean])
    return _row(sensor, runs.clean, mix, rates, kernel=0.0, remark=remark)


def _cost_row(sensor: Watcher, runs: _Runs, mix: Traffic, unwatched: float) -> Row:
    """Return frames for each processor second, the kernel's at the sender's expense included."""
    top = Spread.of([one.sending.cpu / _TIMES / _SENDERS for one in runs.top]).median
    kernel = max(0.0, top - unwatched)
    rates = Spread.of([one.sending.frames / (one.cpu + kernel) for one in runs.modest])
    lost = sum(one.lost for one in runs.modest)
    remark = f"{kernel:.2f} s of it in the kernel, at the sender's expense"
    remark += f"; lost {lost}" if lost else ""
    return _row(sensor, runs.modest, mix, rates, kernel=kernel, remark=remark)


def _row(
    sensor: Watcher,
    supervisors: list[_Watch],
    mix: Traffic,
    rate: Spread,
    *,
    kernel: float,
    remark: str,
) -> Row:
    told = supervisors[-1].told
    return Row(
        name=sensor.name,
        units=supervisors[-1].sending.frames,
        wall=Spread.of([one.sending.seconds for one in supervisors]),
        start_up=0.0,
        cpu=Spread.of([one.cpu + kernel for one in supervisors]),
        start_cpu=0.0,
        memory=max(one.cost.memory for one in supervisors),
        rate=rate,
        must=len(mix.marks),
        missed=tuple(sorted(f"{mark.source}:{mark.port}" for mark in mix.marks - told)),
        others=len({mark.source for mark in told} - {mark.source for mark in mix.marks}),
        remark=remark,
    )
