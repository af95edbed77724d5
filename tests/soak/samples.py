"""What a process and its children hold, sample by sample, and whether it grows."""

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
    One look.

    Args:
        seconds: since the beginning.
        candidates: that were looked at so far.
        service: resident memory of the service, MiB.
        children: of all its children together, MiB.
        handles: file descriptors of the service.
        child_handles: of all its children together.
        processes: that there are, dead ones that nobody has waited for among them.
        temporary: files in the folder for temporary ones.
        dropped: frames that the kernel dropped so far.
        replaced: lanes that others took the place of, so far.
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


def family(pid: int) -> list[int]:
    """Return a process's children, and theirs."""
    found, pending = list[int](), [pid]
    while pending:
        with suppress(OSError):  # it has ended meanwhile
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
    """Return how many file descriptors some processes have."""
    count = 0
    for pid in pids:
        with suppress(OSError):
            count += len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return count


def files(folder: Path) -> int:
    """Return how many files and folders there are below one."""
    return sum(len(folders) + len(names) for _, folders, names in os.walk(folder))


def look(pid: int, seconds: float, candidates: int, temporary: Path | None = None) -> Sample:
    """Look at a process."""
    children = family(pid)
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
    """Return the samples as a table, as many as fit, the first and the last among them."""
    step = max(1, len(samples) // rows)
    shown = [*samples[:-1][::step], *samples[-1:]]
    names = list(asdict(samples[0]))
    lines = [" ".join(f"{name:>13}" for name in names)]
    lines += [" ".join(f"{value:>13}" for value in asdict(one).values()) for one in shown]
    return "\n".join(lines)


def grown(samples: Sequence[Sample]) -> dict[str, tuple[float, float]]:
    """
    Return what is more in the last third than in the second, by name: the medians of both.

    The first third is for tables to fill, each up to its ceiling. What a median leaves out is a
    re-spawn under way, during which there are two lanes.
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
