"""What was measured, with when and how: as JSON, of which parts can be measured anew."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.goals import verdicts
from benchmarks.measure import Spread
from benchmarks.report import Pairing, table
from benchmarks.runs import Row


@dataclass(frozen=True, slots=True)
class Result:
    """
    A pairing that was measured.

    Args:
        asked: the name by which it is asked for.
        about: when it was measured, on what and with which options.
        pairing: what was measured.
    """

    asked: str
    about: Mapping[str, Any]
    pairing: Pairing


def measured(asked: str, pairing: Pairing, options: Mapping[str, object]) -> Result:
    """Return a pairing as it was measured today on this machine."""
    about = {
        "date": datetime.now(UTC).date().isoformat(),
        "processors": os.cpu_count(),
        "model": _processor(),
        "python": platform.python_version(),
        **options,
    }
    return Result(asked, about, pairing)


def merged(old: Sequence[Result], new: Sequence[Result], order: Sequence[str]) -> list[Result]:
    """Return all results in an order of names; what was measured anew takes the old one's place."""
    anew = {result.asked for result in new}
    kept = [result for result in old if result.asked not in anew and result.asked in order]
    return sorted([*kept, *new], key=lambda result: order.index(result.asked))


def document(results: Sequence[Result]) -> str:
    """Return results as JSON."""
    said = [
        {
            "asked": result.asked,
            "about": result.about,
            "name": result.pairing.name,
            "unit": result.pairing.unit,
            "is_less_better": result.pairing.is_less_better,
            "equal_work": result.pairing.is_fair,
            "goals": [
                {"goal": v.goal.says, "measured": v.measured, "is_reached": v.is_reached}
                for v in verdicts(result.asked, result.pairing)
            ],
            "rows": [
                {
                    **asdict(row),
                    "ratio": result.pairing.ratio(row),
                    "cpu_ratio": result.pairing.cpu_ratio(row),
                }
                for row in result.pairing.rows
            ],
        }
        for result in results
    ]
    return json.dumps({"pairings": said}, indent=1) + "\n"


def read(text: str) -> list[Result]:
    """Return the results that `document` wrote."""
    return [
        Result(
            said["asked"],
            said["about"],
            Pairing(
                said["name"], said["unit"], tuple(_row(row) for row in said["rows"]),
                said["is_less_better"],
            ),
        )
        for said in json.loads(text)["pairings"]
    ]  # fmt: skip


def page(results: Sequence[Result]) -> str:
    """Return results as a page of Markdown: goals, then tables."""
    lines = [
        "# Results",
        "",
        "Written by `python -m benchmarks`; what the rows mean is in [README.md](README.md).",
        "",
        "![Ratios](results.svg)",
        "",
        "| goal | measured | |",
        "| --- | --- | --- |",
    ]
    for result in results:
        for verdict in verdicts(result.asked, result.pairing):
            mark = "reached" if verdict.is_reached else "**missed**"
            said = f"{verdict.measured:.3g} {verdict.goal.figure}"
            lines.append(f"| {verdict.goal.says} ({verdict.about}) | {said} | {mark} |")
    for result in results:
        how = ", ".join(f"{key} {value}" for key, value in result.about.items())
        lines += ["", f"## {result.asked}", "", how, "", "```", table(result.pairing) + "```"]
    return "\n".join(lines) + "\n"


def _row(said: Mapping[str, Any]) -> Row:
    spreads = {key: Spread(**said[key]) for key in ("wall", "cpu", "rate")}
    plain = {key: said[key] for key in said.keys() - spreads.keys() - {"ratio", "cpu_ratio"}}
    return Row(**{**plain, **spreads, "missed": tuple(said["missed"])})


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
