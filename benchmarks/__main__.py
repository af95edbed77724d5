"""Generates traffic, compares nmapwatchd with its peers on it, and prints the results."""

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
from benchmarks.comparisons import COMPARISONS
from benchmarks.goals import verdicts
from benchmarks.plot import svg
from benchmarks.report import table
from benchmarks.requirements import has_suricata, missing
from benchmarks.results import Result
from benchmarks.runs import Settings, Sizes

# Exit statuses: compared; a sensor did not do the same work; something is missing.
EXIT_EQUAL, EXIT_UNEQUAL, EXIT_MISSING = 0, 1, 2

_FULL = Sizes(
    frames=450_000, scans=12, pyshark_frames=3_000, requests=30_000, candidate_scans=4,
    kinds=("http", "tls", "dns"), signatures=(50, 200, 500, 800), windows=(1, 1_000, 50_000),
    latency_requests=200, candidates=1_000_000,
)  # fmt: skip
_SMOKE = Sizes(
    frames=6_000, scans=2, pyshark_frames=200, requests=200, candidate_scans=1,
    kinds=("http",), signatures=(800,), windows=(1_000,), latency_requests=3, candidates=2_000,
)  # fmt: skip
_REPETITIONS = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks; return the exit status."""
    # Sensors are stopped by SIGINT, which children of a background job would inherit as ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    options = _parser().parse_args(arguments)
    names = list(dict.fromkeys(options.comparison or COMPARISONS))
    suricata = has_suricata(options.peer_root)
    absent = missing(names, is_suricata_absent=not suricata and not options.smoke)
    if absent:
        print("missing:", *absent, sep="\n", file=sys.stderr)
        return EXIT_MISSING
    settings = Settings(
        sizes=_SMOKE if options.smoke else _sizes(options.frames, options.candidates),
        repeat=1 if options.smoke else options.repeat,
        has_suricata=suricata and not options.smoke,
        peer_root=options.peer_root,
        cache=options.cache,
        is_smoke=options.smoke,
    )
    new = []
    for result in _measure(names, settings):
        print(table(result.comparison), flush=True)
        new.append(result)
        _write(options.results, new)
    if not settings.is_smoke:
        print(*(v for one in new for v in verdicts(one.name, one.comparison)), sep="\n")
    return EXIT_EQUAL if all(one.comparison.is_equal_work for one in new) else EXIT_UNEQUAL


def _measure(names: Sequence[str], settings: Settings) -> Iterator[Result]:
    """Run some comparisons in turn, and yield their results."""
    how = {
        "repeat": settings.repeat,
        "frames": settings.sizes.frames,
        "smoke": settings.is_smoke,
    }

    def measured(name: str) -> list[Result]:
        return [results.measured(name, one, how) for one in COMPARISONS[name](settings)]

    if settings.is_smoke:  # figures do not matter, so all comparisons run in parallel
        with ThreadPoolExecutor(len(names)) as pool:
            yield from chain.from_iterable(pool.map(measured, names))
    else:
        yield from chain.from_iterable(map(measured, names))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--comparison",
        "--pairing",
        action="append",
        choices=COMPARISONS,
        help="may be repeated; default: all",
    )
    parser.add_argument(
        "--repeat", type=int, default=_REPETITIONS, help="runs of each (%(default)s)"
    )
    parser.add_argument(
        "--frames",
        type=int,
        default=_FULL.frames,
        metavar="N",
        help="size of the LAN mix; other captures are in proportion (%(default)s)",
    )
    parser.add_argument(
        "--candidates",
        type=int,
        default=_FULL.candidates,
        metavar="N",
        help="candidates of the memory comparison (%(default)s; 10000000 takes half an hour)",
    )
    parser.add_argument("--smoke", action="store_true", help="a quick functional test")
    parser.add_argument(
        "--peer-root", type=Path, metavar="DIRECTORY", help="a debootstrap root with Suricata"
    )
    parser.add_argument(
        "--cache",
        type=Path,
        default=_cache(),
        metavar="DIRECTORY",
        help="directory of the captures (%(default)s)",
    )
    parser.add_argument(
        "--results",
        type=Path,
        default=Path("docs/benchmarks"),
        metavar="DIRECTORY",
        help="directory of results.json, .md and .svg; results that are not measured again stay "
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
    """Replace the older results of the same comparisons in the files of results."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "results.json"
    old = results.read(file.read_text()) if file.exists() else []
    merged = results.merged(old, new, list(COMPARISONS))
    file.write_text(results.to_json(merged))
    (folder / "results.md").write_text(results.to_markdown(merged))
    (folder / "results.svg").write_text(svg([one.comparison for one in merged]))


if __name__ == "__main__":
    sys.exit(main())
