"""Writes docs/coverage.md: `python -m tests.coverage ARTIFACTS`, an inventory of nmap in JSON."""

import json
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nmapwatchd.core.rule import Confidence
from nmapwatchd.exports.markdown import seen_on_the_wire
from nmapwatchd.signatures.loader import shipped_catalogue

DOCUMENTS = Path(__file__).parents[1] / "docs"
PROBES = "service-probes"
SPECIFICITIES = ("exclusive", "strong", "weak")

_HEAD = """\
# What of nmap is told

An inventory of what nmap writes on the wire, artifact by artifact, and what nmapwatchd makes of it.
How sure an artifact is (exclusive, strong, weak) is the inventory's estimate; how sure a signature
is stands in [catalogue.md](catalogue.md). *Seen* means that a capture of real nmap that comes with
the source shows one of its signatures. [coverage.toml](coverage.toml) says which signatures tell
which artifact.
"""


@dataclass(frozen=True, slots=True)
class Artifact:
    """
    One thing that nmap writes on the wire.

    Args:
        id: its name in the inventory.
        family: the protocol or kind it belongs to.
        specificity: how sure it is by the inventory's estimate.
        signatures: what tells it.
        reason: why nothing does.
    """

    id: str
    family: str
    specificity: str
    signatures: tuple[str, ...]
    reason: str

    @property
    def seen(self) -> bool:
        """Whether a golden shows one of its signatures."""
        return not seen_on_the_wire().isdisjoint(self.signatures)


def told_by() -> dict[str, dict[str, object]]:
    """Return what docs/coverage.toml says of each artifact."""
    table: dict[str, dict[str, object]] = tomllib.loads(
        (DOCUMENTS / "coverage.toml").read_text(encoding="utf-8")
    )["artifact"]
    return table


def artifacts(inventory: Iterable[dict[str, str]]) -> list[Artifact]:
    """Return the artifacts of an inventory; one of which nothing is said is a KeyError."""
    table = told_by()
    found = []
    for entry in inventory:
        said = table[entry["id"]]
        signatures = said.get("signatures", [])
        assert isinstance(signatures, list)
        family = entry["family"].partition("-")[2]
        reason = str(said.get("reason", ""))
        found.append(Artifact(entry["id"], family, entry["specificity"], tuple(signatures), reason))
    return found


def document(found: Sequence[Artifact]) -> str:
    """Return the page."""
    return "\n".join(
        [_HEAD, *_summary(found), *_families(found), *_probes(found), *_reasons(found)]
    )


def _row(name: str, found: Sequence[Artifact]) -> str:
    told = [a for a in found if a.signatures]
    seen = sum(a.seen for a in told)
    return (
        f"| {name} | {len(found)} | {len(told)} | {seen} | {len(told) - seen} "
        f"| {len(found) - len(told)} |"
    )


_COLUMNS = "| artifacts | told by a signature | seen in a golden | not yet seen | not told |"


def _summary(found: Sequence[Artifact]) -> list[str]:
    rows = [_row(name, [a for a in found if a.specificity == name]) for name in SPECIFICITIES]
    head = ["| how sure " + _COLUMNS, "| --- | --- | --- | --- | --- | --- |"]
    return [*head, *rows, _row("all", found)]


def _families(found: Sequence[Artifact]) -> list[str]:
    families = list(dict.fromkeys(a.family for a in found))
    rows = [_row(name, [a for a in found if a.family == name]) for name in families]
    return ["", "| family " + _COLUMNS, "| --- | --- | --- | --- | --- | --- |", *rows]


def _probes(found: Sequence[Artifact]) -> list[str]:
    """Return which service probes are told, by the surest signature of each."""
    sure = {row.id: row.confidence for row in shipped_catalogue().signatures}
    order = list(Confidence)
    told: dict[str, list[str]] = {}
    for artifact in found:
        if artifact.family != PROBES:
            continue
        name = artifact.id.removeprefix("probe-")
        best = min((sure[s] for s in artifact.signatures), key=order.index, default=None)
        told.setdefault(artifact.reason if best is None else best, []).append(name)
    lines = ["", "## Service probes and payloads", ""]
    lines.append(
        "A probe of exclusive bytes alerts alone. One of strong or weak bytes is sent by others\n"
        "too and only adds up: generic bytes, such as two line ends, cannot tell who sent them."
    )
    lines += ["", "| told as | probes | which |", "| --- | --- | --- |"]
    for name in (*order, *sorted(told.keys() - set(order))):
        which = told.get(name, [])
        heading = name if name in order else f"not told: {name}"
        lines.append(f"| {heading} | {len(which)} | {', '.join(which)} |")
    return lines


def _reasons(found: Sequence[Artifact]) -> list[str]:
    untold = [a for a in found if not a.signatures and a.family != PROBES]
    counted = Counter(a.specificity for a in untold)
    lines = [
        "",
        "## What is not told, and why",
        "",
        "| artifact | how sure | reason |",
        "| --- | --- | --- |",
    ]
    for specificity in SPECIFICITIES:
        lines += [
            f"| {a.id} | {specificity} | {a.reason} |"
            for a in untold
            if a.specificity == specificity
        ]
    total = ", ".join(f"{counted[name]} {name}" for name in SPECIFICITIES)
    return [*lines, "", f"{len(untold)} in all: {total}.", ""]


def main(arguments: Sequence[str]) -> int:
    """Write the page from an inventory."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m tests.coverage ARTIFACTS\n")
        return 2
    inventory = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    (DOCUMENTS / "coverage.md").write_text(document(artifacts(inventory)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
