"""
Prints the signatures that detect each kind of scan, in Markdown: `python -m tests.scan_table`.

One table lists the nmap versions that goldens were recorded with, the other the edited nmap, by one
packet and by accumulated evidence.
"""

import sys
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nmapwatchd.core.rule import Confidence
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.golden import Golden, goldens

# Signatures listed in a cell; the others are counted.
LISTED = 3

_EXCLUSIVE = {
    row.id for row in shipped_catalogue().signatures if row.confidence is Confidence.EXCLUSIVE
}


@dataclass(frozen=True, slots=True)
class RecordedScan:
    """
    A golden of a scan.

    Args:
        golden: the golden.
        kind: the scan's name without nmap's version.
        version: nmap's version.
        command: the command line.
    """

    golden: Golden
    kind: str
    version: str
    command: str

    @property
    def is_detected_alone(self) -> bool:
        """Whether one packet was enough evidence."""
        return not _EXCLUSIVE.isdisjoint(self.golden.expect)


def recorded(folder: str) -> list[RecordedScan]:
    """Return the scans of a directory of goldens."""
    found = []
    for golden in goldens(folder):
        facts = tomllib.loads(golden.path.with_suffix(".toml").read_text())
        kind = golden.path.stem.removesuffix(f"-{facts['nmap']}")
        found.append(RecordedScan(golden, kind, facts["nmap"], " ".join(facts["command"])))
    return found


def by_version(scans: Sequence[RecordedScan]) -> list[str]:
    """Return a row for each kind of scan with a column for each version, and their totals."""
    versions = sorted({scan.version for scan in scans})
    rows = [f"| scan | {' | '.join(versions)} | by |", "| --- |" + " --- |" * (len(versions) + 1)]
    for kind in sorted({scan.kind for scan in scans}):
        of_kind = {scan.version: scan for scan in scans if scan.kind == kind}
        cells = [_outcome(of_kind[v]) if v in of_kind else "" for v in versions]
        by = (name for scan in of_kind.values() for name in scan.golden.expect)
        rows.append(f"| {kind} | {' | '.join(cells)} | {_some(by)} |")
    sums = [_sum(bool(scan.golden.expect) for scan in scans if scan.version == v) for v in versions]
    return [*rows, f"| all | {' | '.join(sums)} | |"]


def edited(scans: Sequence[RecordedScan]) -> list[str]:
    """Return a row for each scan of the edited nmap: by one packet, accumulated, signatures."""
    rows = ["| scan | one packet | accumulated | by |", "| --- | --- | --- | --- |"]
    for scan in scans:
        alone = "detected" if scan.is_detected_alone else "**not**"
        name = scan.kind.removeprefix("edited-")
        rows.append(f"| {name} | {alone} | {_outcome(scan)} | {_some(scan.golden.expect)} |")
    alone, together = (
        _sum(detected)
        for detected in (
            [s.is_detected_alone for s in scans],
            [bool(s.golden.expect) for s in scans],
        )
    )
    return [*rows, f"| all | {alone} | {together} | |"]


def _outcome(scan: RecordedScan) -> str:
    return "detected" if scan.golden.expect else "**not**"


def _some(names: Iterable[str]) -> str:
    """Return some signatures, exclusive ones first, and the number of others."""
    found = sorted(set(names), key=lambda name: (name not in _EXCLUSIVE, name))
    more = f" and {len(found) - LISTED} more" if len(found) > LISTED else ""
    return ", ".join(found[:LISTED]) + more


def _sum(detected: Iterable[bool]) -> str:
    listed = list(detected)
    return f"{sum(listed)} of {len(listed)}"


def main() -> int:
    """Print both tables."""
    print("\n".join(by_version(recorded("nmap"))), end="\n\n")
    print("\n".join(edited(recorded("edited"))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
