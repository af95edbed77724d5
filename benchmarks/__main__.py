"""Generates traffic, compares nmapwatchd with its peers on it, and says how it went."""

import argparse
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain
from pathlib import Path

from benchmarks import results
from benchmarks.comparisons import PAIRINGS
from benchmarks.goals import verdicts
from benchmarks.plot import svg
from benchmarks.report import table
from benchmarks.requirements import has_suricata, missing
from benchmarks.results import Result
from benchmarks.runs import Settings, Sizes

# Exit statuses: compared; some contender did not do the same work; something is missing.
EQUAL, UNEQUAL, MISUSED = 0, 1, 2

_FULL = Sizes(
    frames=450_000, scans=12, share=3_000, requests=30_000, candidate_scans=4,
    kinds=("http", "tls", "dns"), signatures=(50, 200, 500, 800), windows=(1, 1_000, 50_000),
    asked=200, candidates=1_000_000,
)  # fmt: skip
_SMOKE = Sizes(
    frames=6_000, scans=2, share=200, requests=200, candidate_scans=1,
    kinds=("http",), signatures=(800,), windows=(1_000,), asked=3, candidates=2_000,
)  # fmt: skip
_REPEAT = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks; return the exit status."""
    # What is started is interrupted to end it; in the background of a shell it would ignore that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    options = _parser().parse_args(arguments)
    names = list(dict.fromkeys(options.pairing or PAIRINGS))
    suricata = has_suricata(options.peer_root)
    lacking = missing(names, is_suricata_missed=not suricata and not options.smoke)
    if lacking:
        print("missing:", *lacking, sep="\n", file=sys.stderr)
        return MISUSED
    settings = Settings(
        sizes=_SMOKE if options.smoke else _sizes(options.frames, options.candidates),
        repeat=1 if options.smoke else options.repeat,
        has_suricata=suricata and not options.smoke,
        peer_root=options.peer_root,
        cache=options.cache,
        is_rough=options.smoke,
    )
    found = []
    for result in _measured(names, settings):
        print(table(result.pairing), flush=True)
        found.append(result)
        _write(options.results, found)
    if not settings.is_rough:
        print(*(v for one in found for v in verdicts(one.asked, one.pairing)), sep="\n")
    return EQUAL if all(result.pairing.is_fair for result in found) else UNEQUAL


def _measured(names: Sequence[str], settings: Settings) -> Iterator[Result]:
    """Yield the results of some pairings, one pairing after the other."""
    how = {"repeat": settings.repeat, "frames": settings.sizes.frames, "rough": settings.is_rough}

    def measured(name: str) -> list[Result]:
        return [results.measured(name, one, how) for one in PAIRINGS[name](settings)]

    if settings.is_rough:  # no figure matters, so everything at once
        with ThreadPoolExecutor(len(names)) as pool:
            yield from chain.from_iterable(pool.map(measured, names))
    else:
        yield from chain.from_iterable(map(measured, names))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--pairing", action="append", choices=PAIRINGS, help="default: all")
    parser.add_argument("--repeat", type=int, default=_REPEAT, help="runs of each (%(default)s)")
    parser.add_argument(
        "--frames",
        type=int,
        default=_FULL.frames,
        metavar="N",
        help="size of the LAN mix, and the rest in proportion (%(default)s)",
    )
    parser.add_argument(
        "--candidates",
        type=int,
        default=_FULL.candidates,
        metavar="N",
        help="during which the memory is watched (%(default)s; 10000000 takes half an hour)",
    )
    parser.add_argument("--smoke", action="store_true", help="a short run: does it work at all?")
    parser.add_argument(
        "--peer-root", type=Path, metavar="FOLDER", help="a debootstrap folder with Suricata"
    )
    parser.add_argument(
        "--cache",
        type=Path,
        default=_cache(),
        metavar="FOLDER",
        help="where captures are kept (%(default)s)",
    )
    parser.add_argument(
        "--results",
        type=Path,
        default=Path("docs/benchmarks"),
        metavar="FOLDER",
        help="where results.json, .md and .svg are, of which only what is measured is replaced "
        "(%(default)s)",
    )
    return parser  # fmt: skip


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "nmapwatchd-benchmarks"


def _sizes(frames: int, candidates: int) -> Sizes:
    part = frames / _FULL.frames
    scans = max(1, min(_FULL.scans, frames // 5_000))
    return replace(
        _FULL,
        frames=frames,
        scans=scans,
        requests=round(_FULL.requests * part),
        candidate_scans=min(scans, _FULL.candidate_scans),
        candidates=candidates,
    )


def _write(folder: Path, new: Sequence[Result]) -> None:
    """Put what was measured in the place of what was measured before."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "results.json"
    old = results.read(file.read_text()) if file.exists() else []
    every = results.merged(old, new, list(PAIRINGS))
    file.write_text(results.document(every))
    (folder / "results.md").write_text(results.page(every))
    (folder / "results.svg").write_text(svg([one.pairing for one in every]))


if __name__ == "__main__":
    sys.exit(main())
