"""Format drift as a table or as JSON."""

import json
from collections.abc import Callable, Mapping

from nmapwatchd.drift.comparison import Drift, State

# States that the table only counts.
_UNREMARKABLE = (State.PRESENT, State.NOT_IN_A_FILE)
# Columns of the state.
_WIDTH = max(map(len, State))


def table(drift: Drift) -> str:
    """Return a line per difference, and a line of counts."""
    lines = [
        f"{found.state:<{_WIDTH}}  {found.signature.id}  {found.signature.source}  {found.detail}"
        for found in drift.findings
        if found.state not in _UNREMARKABLE
    ]
    lines += [
        f"{'new ' + new.kind:<{_WIDTH}}  {new.file}  {new.location}  {new.text}"
        for new in drift.additions
    ]
    lines.append(", ".join(f"{count} {name}" for name, count in drift.counts().items()))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def json_report(drift: Drift) -> str:
    """Return one JSON object: every signature's state, the additions, and the counts."""
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
                    {"file": n.file, "kind": n.kind, "location": n.location, "text": n.text}
                    for n in drift.additions
                ],
            },
            indent=1,
        )
        + "\n"
    )


_WRITERS: Mapping[str, Callable[[Drift], str]] = {"table": table, "json": json_report}

FORMATS = tuple(_WRITERS)


def write(drift: Drift, output: str) -> str:
    """Return drift in one of `FORMATS`."""
    return _WRITERS[output](drift)
