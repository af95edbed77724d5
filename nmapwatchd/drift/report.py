"""Says what has drifted, as a table for a person or as JSON for a program."""

import json
from collections.abc import Callable, Mapping

from nmapwatchd.drift.comparison import Drift, State

_AS_KNOWN = (State.STILL_THERE, State.UNTOLD)


def table(drift: Drift) -> str:
    """Return what is not as it was, a line each, and how many are as they were."""
    lines = [
        f"{found.state:<18}  {found.signature.id}  {found.signature.source}  {found.detail}"
        for found in drift.findings
        if found.state not in _AS_KNOWN
    ]
    lines += [
        f"{'new ' + novelty.kind:<18}  {novelty.file}  {novelty.where}  {novelty.text}"
        for novelty in drift.novelties
    ]
    lines.append(", ".join(f"{count} {name}" for name, count in drift.counts().items()))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def json_report(drift: Drift) -> str:
    """Return one JSON object: every signature's state, what is new, and the counts."""
    return (
        json.dumps(
            {
                "drifted": drift.drifted,
                "counts": drift.counts(),
                "signatures": [
                    {
                        "id": found.signature.id,
                        "source": found.signature.source,
                        "state": found.state.value,
                        "detail": found.detail,
                    }
                    for found in drift.findings
                ],
                "new": [
                    {"file": n.file, "kind": n.kind, "where": n.where, "text": n.text}
                    for n in drift.novelties
                ],
            },
            indent=1,
        )
        + "\n"
    )


_WRITERS: Mapping[str, Callable[[Drift], str]] = {"table": table, "json": json_report}

FORMATS = tuple(_WRITERS)


def write(drift: Drift, output: str) -> str:
    """Return what has drifted in one of `FORMATS`."""
    return _WRITERS[output](drift)
