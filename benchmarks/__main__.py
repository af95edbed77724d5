"""Generates traffic, compares nmapwatchd with its peers on it, and says how it went."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.comparison import Settings, Sizes
from benchmarks.needs import has_suricata, missing
from benchmarks.pairings import PAIRINGS
from benchmarks.plot import svg
from benchmarks.report import Pairing, document, table

# Exit statuses: compared; some contender did not do the same work; something is missing.
EQUAL, UNEQUAL, MISUSED = 0, 1, 2

_FULL = Sizes(frames=450_000, scans=12, share=3_000, requests=30_000, candidate_scans=4)
_SMOKE = Sizes(frames=6_000, scans=2, share=200, requests=200, candidate_scans=1)
_SMOKE_PAIRINGS = ["replay", "live"]
_REPEAT = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks; return the exit status."""
    options = _parser().parse_args(arguments)
    names = options.pairing or (_SMOKE_PAIRINGS if options.smoke else list(PAIRINGS))
    suricata = has_suricata(options.peer_root)
    lacking = missing(names, is_suricata_missed=not suricata and not options.smoke)
    if lacking:
        print("missing:", *lacking, sep="\n", file=sys.stderr)
        return MISUSED
    settings = Settings(
        sizes=_SMOKE if options.smoke else _sizes(options.frames),
        repeat=1 if options.smoke else options.repeat,
        has_suricata=suricata,
        peer_root=options.peer_root,
        cache=options.cache,
    )
    pairings: list[Pairing] = []
    for name in names:
        for pairing in PAIRINGS[name](settings):
            print(table(pairing), flush=True)
            pairings.append(pairing)
        said = {"pairings": names, "repeat": settings.repeat, "smoke": options.smoke}
        _write(options.results, pairings, said)
    return EQUAL if all(pairing.is_fair for pairing in pairings) else UNEQUAL


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
        help="where results.json and results.svg are written (%(default)s)",
    )
    return parser  # fmt: skip


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "nmapwatchd-benchmarks"


def _sizes(frames: int) -> Sizes:
    part = frames / _FULL.frames
    scans = max(1, min(_FULL.scans, frames // 5_000))
    return Sizes(
        frames=frames,
        scans=scans,
        share=_FULL.share,
        requests=round(_FULL.requests * part),
        candidate_scans=min(scans, _FULL.candidate_scans),
    )


def _write(folder: Path, pairings: Sequence[Pairing], options: dict[str, object]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(document(pairings, options) + "\n")
    (folder / "results.svg").write_text(svg(pairings))


if __name__ == "__main__":
    sys.exit(main())
