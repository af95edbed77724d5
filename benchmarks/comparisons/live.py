"""Compares loss and cost of `nmapwatchd run` with those of Suricata's AF_PACKET mode."""

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import live_sensors
from benchmarks.clients import TestScan
from benchmarks.live_sensors import LiveSensor
from benchmarks.measure import Cost, Program, Spread
from benchmarks.network import cable, inside
from benchmarks.offline_sensors import Workspace
from benchmarks.report import Comparison
from benchmarks.runs import Row, Settings
from benchmarks.tcpreplay import Transmission, send
from benchmarks.traffic import Traffic, traffic

# Frames per second at which costs are compared: no sensor loses frames on a small machine.
_MODERATE_RATE = 25_000
# Repetitions of the mix for the rate without loss: long enough that no ring hides a slow sensor.
_TIMES = 5
# Parallel senders for the rate without loss: the sensors' filters, which run in the sender's
# context, slow a single one down before a sensor loses frames.
_SENDERS = os.cpu_count() or 1
# Factor from a rate with loss to the next one, and most rates that are tried.
_STEP, _STEPS = 0.75, 12
# Settings of Suricata for TPACKET_V3, which Debian's configuration leaves off.
_TPACKET_V3 = {"tpacket-v3": "yes", "block-size": "262144"}
# Timeouts until a sensor has opened the interface, and until it has reported its detections: twice
# the interval at which nmapwatchd polls the kernel's counters. Seconds.
_START_TIMEOUT, _REPORT_TIMEOUT = 60.0, 4.0


@dataclass(frozen=True, slots=True)
class _LiveRun:
    """One run of a sensor while a capture was sent."""

    sent: Transmission
    lost: int
    cpu: float
    cost: Cost
    detected: frozenset[TestScan]


@dataclass(slots=True)
class _Runs:
    top_speed: list[_LiveRun] = field(default_factory=list)
    lossless: list[_LiveRun] = field(default_factory=list)
    moderate: list[_LiveRun] = field(default_factory=list)


def run(settings: Settings) -> list[Comparison]:
    """Compare the highest rate without loss, and the cost of the same traffic."""
    mix = traffic("mix", settings.sizes.frames, settings.sizes.scans, settings.cache)
    sensors = [live_sensors.nmapwatchd()]
    if settings.has_suricata:
        sensors.append(live_sensors.suricata("suricata af-packet"))
        sensors.append(live_sensors.suricata("suricata tpacket-v3", **_TPACKET_V3))
    runs = {sensor.name: _Runs() for sensor in sensors}
    alone: list[Transmission] = []
    for _ in range(settings.repeat):
        with cable(is_silent=True) as wire:
            alone.append(send(wire, mix.path, 0, _TIMES, _SENDERS))
        for sensor in sensors:
            own = runs[sensor.name]
            own.top_speed.append(_run(sensor, mix, settings, times=_TIMES, senders=_SENDERS))
            own.lossless.append(_run_lossless(sensor, mix, own.top_speed[-1], settings))
            own.moderate.append(_run(sensor, mix, settings, rate=_MODERATE_RATE))
    sender_cpu = Spread.of([one.cpu / _TIMES / _SENDERS for one in alone]).median
    rate = Spread.of([one.rate for one in alone]).median
    return [
        Comparison(
            f"live, highest rate without loss; {rate:,.0f} frames/s without a sensor",
            "frames",
            [_rate_row(sensor, runs[sensor.name], mix) for sensor in sensors],
        ),
        Comparison(
            f"live, cost of {mix.frames:,} frames at {_MODERATE_RATE:,} frames/s",
            "frames/CPU",
            [_cost_row(sensor, runs[sensor.name], mix, sender_cpu) for sensor in sensors],
        ),
    ]


def _run_lossless(
    sensor: LiveSensor, mix: Traffic, first: _LiveRun, settings: Settings
) -> _LiveRun:
    """Repeat a run at lower rates until the sensor loses no frame."""
    last = first
    for _ in range(_STEPS):
        if not last.lost:
            return last
        last = _run(
            sensor,
            mix,
            settings,
            rate=int(last.sent.rate * _STEP),
            times=_TIMES,
            senders=_SENDERS,
        )
    return last


def _run(
    sensor: LiveSensor,
    mix: Traffic,
    settings: Settings,
    *,
    rate: int = 0,
    times: int = 1,
    senders: int = 1,
) -> _LiveRun:
    with (
        tempfile.TemporaryDirectory(prefix="work-", dir=settings.cache) as name,
        cable(is_silent=True) as wire,
    ):
        work = Workspace(Path(name), settings.peer_root)
        work.folder.chmod(0o755)
        program = Program(inside(wire.far, *sensor.command(work)), work.output)
        _wait_until_capturing(sensor, program, work)
        return _send_to(
            sensor, program, work, mix, lambda: send(wire, mix.path, rate, times, senders)
        )


def _wait_until_capturing(sensor: LiveSensor, program: Program, work: Workspace) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while not sensor.is_capturing(work):
        if not program.is_running or time.monotonic() > deadline:
            program.stop()
            raise RuntimeError(f"{sensor.name} does not capture: {program.stderr[-1000:]}")
        time.sleep(0.05)


def _send_to(
    sensor: LiveSensor,
    program: Program,
    work: Workspace,
    mix: Traffic,
    transmit: Callable[[], Transmission],
) -> _LiveRun:
    before = program.cpu
    try:
        sent = transmit()
        deadline = time.monotonic() + _REPORT_TIMEOUT
        time.sleep(_REPORT_TIMEOUT / 2)
        while not mix.scans <= sensor.detected(work) and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        cost = program.stop()
    return _LiveRun(sent, sensor.lost(work), cost.cpu - before, cost, sensor.detected(work))


def _rate_row(sensor: LiveSensor, runs: _Runs, mix: Traffic) -> Row:
    top = Spread.of([one.sent.rate for one in runs.top_speed]).median
    lost = Spread.of([one.lost / one.sent.frames for one in runs.top_speed]).median
    remark = f"at top speed, {top:,.0f} frames/s, it loses {lost:.1%}"
    if any(one.lost for one in runs.lossless):
        remark += "; it loses frames at every rate that was tried"
    rates = Spread.of([one.sent.rate for one in runs.lossless])
    return _row(sensor, runs.lossless, mix, rates, kernel=0.0, remark=remark)


def _cost_row(sensor: LiveSensor, runs: _Runs, mix: Traffic, sender_cpu: float) -> Row:
    """
    Return frames per processor second, including the filter's time in the sender's context.

    Args:
        sensor: the sensor.
        runs: its runs.
        mix: the traffic.
        sender_cpu: processor seconds that sending the mix takes without a sensor.
    """
    top = Spread.of([one.sent.cpu / _TIMES / _SENDERS for one in runs.top_speed]).median
    kernel = max(0.0, top - sender_cpu)
    rates = Spread.of([one.sent.frames / (one.cpu + kernel) for one in runs.moderate])
    lost = sum(one.lost for one in runs.moderate)
    remark = f"including {kernel:.2f} s of its filter in the sender's context"
    remark += f"; lost {lost}" if lost else ""
    return _row(sensor, runs.moderate, mix, rates, kernel=kernel, remark=remark)


def _row(
    sensor: LiveSensor,
    runs: list[_LiveRun],
    mix: Traffic,
    rate: Spread,
    *,
    kernel: float,
    remark: str,
) -> Row:
    detected = runs[-1].detected
    return Row(
        name=sensor.name,
        units=runs[-1].sent.frames,
        wall=Spread.of([one.sent.seconds for one in runs]),
        start_up=0.0,
        cpu=Spread.of([one.cpu + kernel for one in runs]),
        start_cpu=0.0,
        memory=max(one.cost.memory for one in runs),
        rate=rate,
        expected=len(mix.scans),
        missed=tuple(sorted(f"{scan.source}:{scan.port}" for scan in mix.scans - detected)),
        false_positives=len(
            {scan.source for scan in detected} - {scan.source for scan in mix.scans}
        ),
        remark=remark,
    )
