"""Samples the resources of a process and its children, and finds growth."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

MEBIBYTE = 1 << 20
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Sample:
    """
    The resources at one time.

    Args:
        seconds: seconds since the start.
        candidates: candidates processed so far.
        service: resident memory of the service, MiB.
        children: resident memory of all its children, MiB.
        handles: file descriptors of the service.
        child_handles: file descriptors of all its children.
        processes: number of processes, including zombies.
        temporary: number of temporary files.
        dropped: frames dropped by the kernel so far.
        replaced: pipelines replaced so far.
    """

    seconds: int
    candidates: int
    service: int
    children: int
    handles: int
    child_handles: int
    processes: int
    temporary: int
    dropped: int = 0
    replaced: int = 0


def descendants(pid: int) -> list[int]:
    """Return the descendants of a process."""
    found, pending = list[int](), [pid]
    while pending:
        with suppress(OSError):  # the process has ended meanwhile
            for task in Path(f"/proc/{pending.pop()}/task").iterdir():
                children = [int(child) for child in (task / "children").read_text().split()]
                found += children
                pending += children
    return found


def resident(pids: Sequence[int]) -> int:
    """Return the resident memory of some processes, MiB."""
    pages = 0
    for pid in pids:
        with suppress(OSError, IndexError):
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * _PAGE // MEBIBYTE


def handles(pids: Sequence[int]) -> int:
    """Return the number of file descriptors of some processes."""
    count = 0
    for pid in pids:
        with suppress(OSError):
            count += len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return count


def files(folder: Path) -> int:
    """Return the number of files and directories below a directory."""
    return sum(len(folders) + len(names) for _, folders, names in os.walk(folder))


def take_sample(pid: int, seconds: float, candidates: int, temporary: Path | None = None) -> Sample:
    """Sample the resources of a process and its children."""
    children = descendants(pid)
    return Sample(
        seconds=int(seconds),
        candidates=candidates,
        service=resident([pid]),
        children=resident(children),
        handles=handles([pid]),
        child_handles=handles(children),
        processes=1 + len(children),
        temporary=files(temporary) if temporary else 0,
    )


def table(samples: Sequence[Sample], rows: int = 25) -> str:
    """Return an even selection of the samples as a table, including the first and the last."""
    step = max(1, len(samples) // rows)
    shown = [*samples[:-1][::step], *samples[-1:]]
    names = list(asdict(samples[0]))
    lines = [" ".join(f"{name:>13}" for name in names)]
    lines += [" ".join(f"{value:>13}" for value in asdict(one).values()) for one in shown]
    return "\n".join(lines)


def grown(samples: Sequence[Sample]) -> dict[str, tuple[float, float]]:
    """
    Return the resources that grew from the second to the last third: the medians of both, by name.

    During the first third tables fill up to their limits. Medians ignore the samples during a
    replacement, when there are two pipelines.
    """
    third = len(samples) // 3
    before, after = samples[third : 2 * third], samples[2 * third :]
    found = {}
    for name, slack in (
        ("service", 4), ("children", 16), ("handles", 0), ("child_handles", 0), ("processes", 0),
        ("temporary", 0),
    ):  # fmt: skip
        earlier = median(asdict(sample)[name] for sample in before)
        later = median(asdict(sample)[name] for sample in after)
        if later > earlier + slack:
            found[name] = (earlier, later)
    return found
