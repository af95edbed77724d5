"""Runs sensors on a capture, interleaved, and compares what they detect and what they cost."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.captures import count_frames, write_idle, write_repeated, write_sample
from benchmarks.clients import TestScan
from benchmarks.measure import NO_COST, Cost, Spread, run
from benchmarks.network import SCANNERS
from benchmarks.offline_sensors import OfflineSensor, Workspace
from benchmarks.traffic import Traffic

# Stretches of consecutive frames in a sample of a capture, in addition to one whole scan.
_STRETCHES = 20
# Repetitions of a capture in one run if differences are small, so that variations of the start-up
# time do not hide them.
_REPETITIONS = 4
# Minimum share of a run that counts as work rather than start-up, so that rates of very short runs
# stay finite.
MINIMUM_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Row:
    """
    The result of one sensor.

    Args:
        name: the sensor.
        units: frames or messages that it processed.
        wall: seconds.
        start_up: seconds that an idle capture takes.
        cpu: processor seconds of all processes.
        start_cpu: processor seconds that an idle capture takes.
        memory: bytes of all processes.
        rate: units per second, without start-up.
        expected: number of test scans in the traffic.
        missed: test scans that it did not detect, each as ADDRESS:PORT.
        false_positives: number of hosts that it reported and that did not scan.
        remark: a note below the table.
    """

    name: str
    units: int
    wall: Spread
    start_up: float
    cpu: Spread
    start_cpu: float
    memory: int
    rate: Spread
    expected: int
    missed: tuple[str, ...]
    false_positives: int
    remark: str = ""


@dataclass(slots=True)
class _Runs:
    """The measurements of one sensor."""

    sensor: OfflineSensor
    capture: Path
    units: int
    expected: frozenset[TestScan]
    costs: list[Cost] = field(default_factory=list)
    idle: list[Cost] = field(default_factory=list)
    detected: frozenset[TestScan] = frozenset()
    remark: str = ""

    def row(self, scanners: frozenset[str]) -> Row:
        """Return the result."""
        start_up = Spread.of([cost.wall for cost in self.idle]).median
        walls = [cost.wall for cost in self.costs]
        rates = [self.units / max(wall - start_up, wall * MINIMUM_SHARE) for wall in walls]
        return Row(
            self.sensor.name,
            self.units,
            Spread.of(walls),
            start_up,
            Spread.of([cost.cpu for cost in self.costs]),
            Spread.of([cost.cpu for cost in self.idle]).median,
            max(cost.memory for cost in self.costs),
            Spread.of(rates),
            len(self.expected),
            tuple(sorted(f"{scan.source}:{scan.port}" for scan in self.expected - self.detected)),
            len({scan.source for scan in self.detected} - scanners),
            self.remark,
        )


@dataclass(frozen=True, slots=True)
class Sizes:
    """
    The amount of traffic.

    Args:
        frames: approximate number of frames of the LAN mix.
        scans: test scans in the LAN mix.
        pyshark_frames: frames of the sample for pyshark, which is too slow for the whole.
        requests: requests of each capture that contains only candidates.
        candidate_scans: test scans in those captures.
        kinds: kinds of those captures.
        signatures: sizes of the catalogues with which the sensor is compared with itself.
        windows: numbers of open windows with which the sensor is compared with itself.
        latency_requests: test requests whose latency is measured.
        candidates: candidates of the memory comparison.
    """

    frames: int
    scans: int
    pyshark_frames: int
    requests: int
    candidate_scans: int
    kinds: tuple[str, ...]
    signatures: tuple[int, ...]
    windows: tuple[int, ...]
    latency_requests: int
    candidates: int


@dataclass(frozen=True, slots=True)
class Settings:
    """
    The options of a benchmark.

    Args:
        sizes: the amount of traffic.
        repeat: runs of each sensor.
        has_suricata: whether Suricata is installed.
        peer_root: root directory of Suricata, if not this system's.
        cache: directory of captures; work directories are in it too, on the same file system.
        is_smoke: skip the runs that measure the start-up, because figures do not matter.
    """

    sizes: Sizes
    repeat: int
    has_suricata: bool
    peer_root: Path | None
    cache: Path
    is_smoke: bool = False


def compare(
    sensors: Sequence[OfflineSensor],
    traffic: Traffic,
    settings: Settings,
    count: Callable[[Path], int] = count_frames,
) -> list[Row]:
    """
    Run each sensor on some traffic, in turn and several times, and return the results.

    Args:
        sensors: the sensors, nmapwatchd first.
        traffic: the capture.
        settings: the options.
        count: returns the number of units in a capture.
    """
    with tempfile.TemporaryDirectory(prefix="run-", dir=settings.cache) as name:
        folder = Path(name)
        idle = folder / "idle.pcap"
        write_idle(idle)
        runs = [_prepare(sensor, traffic, folder, count) for sensor in sensors]
        for _ in range(settings.repeat):
            for one in runs:
                one.idle.append(NO_COST if settings.is_smoke else _run(one, idle, folder, settings))
                one.costs.append(_run(one, one.capture, folder, settings))
        return [one.row(frozenset(scan.source for scan in traffic.scans)) for one in runs]


def compare_repeated(
    sensors: Sequence[OfflineSensor],
    once: Traffic,
    settings: Settings,
    count: Callable[[Path], int] = count_frames,
) -> list[Row]:
    """Run each sensor on a capture repeated several times, and return the results."""
    with tempfile.TemporaryDirectory(prefix="repeated-", dir=settings.cache) as folder:
        path = Path(folder, once.path.name)
        write_repeated(once.path, path, _REPETITIONS)
        repeated = replace(once, path=path, frames=_REPETITIONS * once.frames)
        return compare(sensors, repeated, settings, count)


def _prepare(
    sensor: OfflineSensor, traffic: Traffic, folder: Path, count: Callable[[Path], int]
) -> _Runs:
    if not 0 < sensor.sample_frames < traffic.frames:
        return _Runs(sensor, traffic.path, count(traffic.path), traffic.scans)
    scan = min(traffic.scans, key=lambda scan: SCANNERS.index(scan.source))
    sample = folder / f"sample-{sensor.sample_frames}.pcap"
    write_sample(traffic.path, sample, sensor.sample_frames, _STRETCHES, scan.source)
    return _Runs(sensor, sample, count(sample), frozenset({scan}))


def _run(one: _Runs, capture: Path, folder: Path, settings: Settings) -> Cost:
    with tempfile.TemporaryDirectory(prefix="work-", dir=folder) as name:
        work = Workspace(Path(name), settings.peer_root)
        work.folder.chmod(0o755)
        cost = run(one.sensor.command(capture, work), work.output)
        one.detected = one.sensor.detected(work)
        if one.sensor.own_times is not None and not cost.status:
            wall, cpu = one.sensor.own_times(work)
            cost = replace(cost, wall=wall, cpu=cpu)
        if cost.status:
            errors = work.output.with_suffix(".err").read_text(errors="replace").strip()
            one.remark = f"status {cost.status}: {errors.splitlines()[-1] if errors else ''}"
        return cost
