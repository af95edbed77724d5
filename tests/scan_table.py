"""Prints what each kind of scan was told by: `python -m tests.scan_table`, a table in Markdown.

One table is of the nmap versions that goldens were recorded with, one of the edited nmap, with
evidence that adds up and without.
"""

import sys
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nmapwatchd.core.rule import Confidence
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.golden import Golden, goldens

# Signatures named in a cell; the rest is counted.
NAMED = 3

_SURE = {row.id for row in shipped_catalogue().signatures if row.confidence is Confidence.EXCLUSIVE}


@dataclass(frozen=True, slots=True)
class Recorded:
    """
    A golden of a scan.

    Args:
        golden: the capture, and what it is told by.
        kind: the scan's name, whatever the version.
        version: of nmap.
        command: what was run.
    """

    golden: Golden
    kind: str
    version: str
    command: str

    @property
    def told_alone(self) -> bool:
        """Whether one packet told it, so that nothing needed to add up."""
        return not _SURE.isdisjoint(self.golden.expect)


def recorded(folder: str) -> list[Recorded]:
    """Return the scans of a folder."""
    found = []
    for golden in goldens(folder):
        facts = tomllib.loads(golden.path.with_suffix(".toml").read_text())
        kind = golden.path.stem.removesuffix(f"-{facts['nmap']}")
        found.append(Recorded(golden, kind, facts["nmap"], " ".join(facts["command"])))
    return found


def by_version(scans: Sequence[Recorded]) -> list[str]:
    """Return a row for each kind of scan, a column for each version, and how many were told."""
    versions = sorted({scan.version for scan in scans})
    rows = [f"| scan | {' | '.join(versions)} | by |", "| --- |" + " --- |" * (len(versions) + 1)]
    for kind in sorted({scan.kind for scan in scans}):
        of_kind = {scan.version: scan for scan in scans if scan.kind == kind}
        cells = [_told(of_kind[v]) if v in of_kind else "" for v in versions]
        by = (name for scan in of_kind.values() for name in scan.golden.expect)
        rows.append(f"| {kind} | {' | '.join(cells)} | {_some(by)} |")
    sums = [_sum(bool(scan.golden.expect) for scan in scans if scan.version == v) for v in versions]
    return [*rows, f"| all | {' | '.join(sums)} | |"]


def edited(scans: Sequence[Recorded]) -> list[str]:
    """Return a row for each scan of the edited nmap: told alone, told by what adds up, by what."""
    rows = ["| scan | without adding up | adding up | by |", "| --- | --- | --- | --- |"]
    for scan in scans:
        alone = "told" if scan.told_alone else "**not**"
        name = scan.kind.removeprefix("edited-")
        rows.append(f"| {name} | {alone} | {_told(scan)} | {_some(scan.golden.expect)} |")
    alone, together = (
        _sum(told)
        for told in ([s.told_alone for s in scans], [bool(s.golden.expect) for s in scans])
    )
    return [*rows, f"| all | {alone} | {together} | |"]


def _told(scan: Recorded) -> str:
    return "told" if scan.golden.expect else "**not**"


def _some(names: Iterable[str]) -> str:
    """Return some signatures, the surest first, and how many more there are."""
    found = sorted(set(names), key=lambda name: (name not in _SURE, name))
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return ", ".join(found[:NAMED]) + more


def _sum(told: Iterable[bool]) -> str:
    listed = list(told)
    return f"{sum(listed)} of {len(listed)}"


def main() -> int:
    """Print both tables."""
    print("\n".join(by_version(recorded("nmap"))), end="\n\n")
    print("\n".join(edited(recorded("edited"))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
