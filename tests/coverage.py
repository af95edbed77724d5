"""Generate docs/coverage.md: `python -m tests.coverage ARTIFACTS`, an inventory of nmap in JSON."""

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
# Coverage of nmap

An inventory of what nmap sends, artifact by artifact, and the signatures that detect it.
*Specificity* (exclusive, strong, weak) is the inventory's estimate for an artifact; the confidence
of a signature is in [catalogue.md](catalogue.md). *In a golden* means that a capture of real nmap
in the source tree contains one of its signatures. [coverage.toml](coverage.toml) maps artifacts to
signatures.
"""


@dataclass(frozen=True, slots=True)
class Artifact:
    """
    Bytes or behaviour of nmap that can be observed on the network.

    Args:
        id: the artifact's name in the inventory.
        family: the protocol or kind of traffic.
        specificity: the inventory's estimate: exclusive, strong or weak.
        signatures: the signatures that detect it.
        reason: why no signature does; empty if one does.
    """

    id: str
    family: str
    specificity: str
    signatures: tuple[str, ...]
    reason: str

    @property
    def seen(self) -> bool:
        """Whether a golden contains one of its signatures."""
        return not seen_on_the_wire().isdisjoint(self.signatures)


def coverage() -> dict[str, dict[str, object]]:
    """Return the entry of docs/coverage.toml for each artifact."""
    table: dict[str, dict[str, object]] = tomllib.loads(
        (DOCUMENTS / "coverage.toml").read_text(encoding="utf-8")
    )["artifact"]
    return table


def artifacts(inventory: Iterable[dict[str, str]]) -> list[Artifact]:
    """
    Return the artifacts of an inventory.

    Raises:
        KeyError: docs/coverage.toml has no entry for an artifact.
    """
    table = coverage()
    found = []
    for entry in inventory:
        covered = table[entry["id"]]
        signatures = covered.get("signatures", [])
        assert isinstance(signatures, list)
        family = entry["family"].partition("-")[2]
        reason = str(covered.get("reason", ""))
        found.append(Artifact(entry["id"], family, entry["specificity"], tuple(signatures), reason))
    return found


def document(found: Sequence[Artifact]) -> str:
    """Return docs/coverage.md."""
    return "\n".join(
        [_HEAD, *_summary(found), *_families(found), *_probes(found), *_reasons(found)]
    )


def _row(name: str, found: Sequence[Artifact]) -> str:
    detected = [a for a in found if a.signatures]
    seen = sum(a.seen for a in detected)
    return (
        f"| {name} | {len(found)} | {len(detected)} | {seen} | {len(detected) - seen} "
        f"| {len(found) - len(detected)} |"
    )


_COLUMNS = "| artifacts | detected | in a golden | in no golden | not detected |"


def _summary(found: Sequence[Artifact]) -> list[str]:
    rows = [_row(name, [a for a in found if a.specificity == name]) for name in SPECIFICITIES]
    head = ["| specificity " + _COLUMNS, "| --- | --- | --- | --- | --- | --- |"]
    return [*head, *rows, _row("all", found)]


def _families(found: Sequence[Artifact]) -> list[str]:
    families = list(dict.fromkeys(a.family for a in found))
    rows = [_row(name, [a for a in found if a.family == name]) for name in families]
    return ["", "| family " + _COLUMNS, "| --- | --- | --- | --- | --- | --- |", *rows]


def _probes(found: Sequence[Artifact]) -> list[str]:
    """Return the detected service probes, by the highest confidence of their signatures."""
    confidences = {row.id: row.confidence for row in shipped_catalogue().signatures}
    order = list(Confidence)
    grouped: dict[str, list[str]] = {}
    for artifact in found:
        if artifact.family != PROBES:
            continue
        name = artifact.id.removeprefix("probe-")
        best = min((confidences[s] for s in artifact.signatures), key=order.index, default=None)
        grouped.setdefault(artifact.reason if best is None else best, []).append(name)
    lines = ["", "## Service probes and payloads", ""]
    lines.append(
        "A probe with an exclusive signature opens an alert alone. Other software sends the bytes\n"
        "of the rest as well, and these only add to the score: generic bytes, such as two line\n"
        "ends, do not identify their sender."
    )
    lines += ["", "| confidence | number | probes |", "| --- | --- | --- |"]
    for name in (*order, *sorted(grouped.keys() - set(order))):
        probes = grouped.get(name, [])
        heading = name if name in order else f"not detected: {name}"
        lines.append(f"| {heading} | {len(probes)} | {', '.join(probes)} |")
    return lines


def _reasons(found: Sequence[Artifact]) -> list[str]:
    undetected = [a for a in found if not a.signatures and a.family != PROBES]
    counted = Counter(a.specificity for a in undetected)
    lines = [
        "",
        "## Not detected",
        "",
        "| artifact | specificity | reason |",
        "| --- | --- | --- |",
    ]
    for specificity in SPECIFICITIES:
        lines += [
            f"| {a.id} | {specificity} | {a.reason} |"
            for a in undetected
            if a.specificity == specificity
        ]
    total = ", ".join(f"{counted[name]} {name}" for name in SPECIFICITIES)
    return [*lines, "", f"{len(undetected)} in total: {total}.", ""]


def main(arguments: Sequence[str]) -> int:
    """Generate docs/coverage.md from an inventory."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m tests.coverage ARTIFACTS\n")
        return 2
    inventory = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    (DOCUMENTS / "coverage.md").write_text(document(artifacts(inventory)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
