"""Compares contenders on a capture: interleaved runs, equal work first, then speed."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.captures import count_frames, write_idle, write_repeated, write_sample
from benchmarks.clients import RuleInfo
from benchmarks.measure import FREE, Cost, Spread, run
from benchmarks.network import SCANNERS
from benchmarks.offline_sensors import Contender, Work
from benchmarks.traffic import Traffic

# Stretches of neighbouring frames that a share of a capture consists of, beside a whole scan.
_STRETCHES = 20
# How often a capture is gone through in one run where differences are small: they do not drown in
# what a start takes now and then.
_TIMES = 4
# The part of a run that is never taken for start-up: where a run is so short that chance decides,
# rates stay numbers.
LEAST_PART = 0.1


@dataclass(frozen=True, slots=True)
class Row:
    """
    One contender's result.

    Args:
        name: the contender.
        units: what it went through, frames or candidates.
        wall: seconds.
        start_up: seconds that an idle capture takes as well.
        cpu: seconds of all processes.
        start_cpu: those that an idle capture takes as well.
        memory: bytes of all processes.
        rate: units a second, without start-up.
        must: how many marks it should tell.
        missed: those that it did not.
        others: hosts that it told and that did not scan.
        remark: what else the reader must know.
    """

    name: str
    units: int
    wall: Spread
    start_up: float
    cpu: Spread
    start_cpu: float
    memory: int
    rate: Spread
    must: int
    missed: tuple[str, ...]
    others: int
    remark: str = ""


@dataclass(slots=True)
class _Runs:
    """What was measured of one contender."""

    contender: Contender
    capture: Path
    units: int
    must: frozenset[RuleInfo]
    costs: list[Cost] = field(default_factory=list)
    idle: list[Cost] = field(default_factory=list)
    told: frozenset[RuleInfo] = frozenset()
    remark: str = ""

    def row(self, scanners: frozenset[str]) -> Row:
        """Return the result."""
        start_up = Spread.of([cost.wall for cost in self.idle]).median
        walls = [cost.wall for cost in self.costs]
        rates = [self.units / max(wall - start_up, wall * LEAST_PART) for wall in walls]
        return Row(
            self.contender.name,
            self.units,
            Spread.of(walls),
            start_up,
            Spread.of([cost.cpu for cost in self.costs]),
            Spread.of([cost.cpu for cost in self.idle]).median,
            max(cost.memory for cost in self.costs),
            Spread.of(rates),
            len(self.must),
            tuple(sorted(f"{mark.source}:{mark.port}" for mark in self.must - self.told)),
            len({mark.source for mark in self.told} - scanners),
            self.remark,
        )


@dataclass(frozen=True, slots=True)
class Sizes:
    """
    How much traffic there is.

    Args:
        frames: of the LAN mix, about.
        scans: marked scans in it.
        share: frames that a peer is given that is too slow for the whole.
        requests: of each mix that is nothing but candidates.
        candidate_scans: marked scans in those.
        kinds: the mixes that are nothing but candidates.
        signatures: of the catalogues with which the sensor is compared with itself.
        windows: that are open when it is.
        asked: marked requests whose way to the journal is timed.
        candidates: during which the memory is watched.
    """

    frames: int
    scans: int
    share: int
    requests: int
    candidate_scans: int
    kinds: tuple[str, ...]
    signatures: tuple[int, ...]
    windows: tuple[int, ...]
    asked: int
    candidates: int


@dataclass(frozen=True, slots=True)
class Settings:
    """
    How to compare.

    Args:
        sizes: how much traffic there is.
        repeat: how often each contender runs.
        has_suricata: whether there is a Suricata to compare with.
        peer_root: where it lives, if not on this system.
        cache: the folder of captures; run folders are beside them, on the same file system.
        is_rough: spare the runs that tell what a start costs, where figures do not matter.
    """

    sizes: Sizes
    repeat: int
    has_suricata: bool
    peer_root: Path | None
    cache: Path
    is_rough: bool = False


def compare(
    contenders: Sequence[Contender],
    traffic: Traffic,
    settings: Settings,
    count: Callable[[Path], int] = count_frames,
) -> list[Row]:
    """
    Return what each contender achieves on some traffic, in turn and several times.

    Args:
        contenders: who is compared, this project's first.
        traffic: the capture.
        settings: how to compare.
        count: counts the units of a capture.
    """
    with tempfile.TemporaryDirectory(prefix="run-", dir=settings.cache) as name:
        folder = Path(name)
        idle = folder / "idle.pcap"
        write_idle(idle)
        runs = [_prepare(contender, traffic, folder, count) for contender in contenders]
        for _ in range(settings.repeat):
            for one in runs:
                one.idle.append(FREE if settings.is_rough else _run(one, idle, folder, settings))
                one.costs.append(_run(one, one.capture, folder, settings))
        return [one.row(frozenset(mark.source for mark in traffic.marks)) for one in runs]


def compare_at_length(
    contenders: Sequence[Contender],
    short: Traffic,
    settings: Settings,
    count: Callable[[Path], int] = count_frames,
) -> list[Row]:
    """Return the same of a capture that is gone through several times in one run."""
    with tempfile.TemporaryDirectory(prefix="long-", dir=settings.cache) as folder:
        path = Path(folder, short.path.name)
        write_repeated(short.path, path, _TIMES)
        long = replace(short, path=path, frames=_TIMES * short.frames)
        return compare(contenders, long, settings, count)


def _prepare(
    contender: Contender, traffic: Traffic, folder: Path, count: Callable[[Path], int]
) -> _Runs:
    if not 0 < contender.share < traffic.frames:
        return _Runs(contender, traffic.path, count(traffic.path), traffic.marks)
    whole = min(traffic.marks, key=lambda mark: SCANNERS.index(mark.source))
    share = folder / f"share-{contender.share}.pcap"
    write_sample(traffic.path, share, contender.share, _STRETCHES, whole.source)
    return _Runs(contender, share, count(share), frozenset({whole}))


def _run(one: _Runs, capture: Path, folder: Path, settings: Settings) -> Cost:
    with tempfile.TemporaryDirectory(prefix="work-", dir=folder) as name:
        work = Work(Path(name), settings.peer_root)
        work.folder.chmod(0o755)
        cost = run(one.contender.command(capture, work), work.output)
        one.told = one.contender.told(work)
        if one.contender.took is not None and not cost.status:
            wall, cpu = one.contender.took(work)
            cost = replace(cost, wall=wall, cpu=cpu)
        if cost.status:
            said = work.output.with_suffix(".err").read_text(errors="replace").strip()
            one.remark = f"status {cost.status}: {said.splitlines()[-1] if said else ''}"
        return cost
