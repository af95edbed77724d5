"""Exports: the catalogue as a table, as a reference, as data, as rules for others."""

import json
from collections.abc import Callable, Mapping

from nmapwatchd.core.catalogue import Catalogue
from nmapwatchd.core.expression import AllOf, AnyOf, Expression, Term


def _table(catalogue: Catalogue) -> str:
    """Return one line a signature."""
    width = max(len(row.id) for row in catalogue.signatures)
    return "".join(
        f"{row.id:<{width}}  {row.confidence:<9}  {row.title}\n" for row in catalogue.signatures
    )


def _json(catalogue: Catalogue) -> str:
    """Return a list of signatures, without their examples."""
    rows = [
        {
            "id": row.id,
            "title": row.title,
            "confidence": row.confidence.value,
            "match": _condition(row.match),
            "sent_by": row.sent_by,
            "source": row.source,
            "note": row.note,
            "tool": row.tool,
        }
        for row in catalogue.signatures
    ]
    return json.dumps(rows, indent=1) + "\n"


def _condition(expression: Expression) -> object:
    match expression:
        case Term(field, op, values):
            return {field: {op.value: list(values)}}
        case AllOf(parts):
            return {"all": [_condition(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [_condition(part) for part in parts]}


_WRITERS: Mapping[str, Callable[[Catalogue], str]] = {"table": _table, "json": _json}

FORMATS = tuple(_WRITERS)


def write(catalogue: Catalogue, output: str) -> str:
    """Return the catalogue in one of `FORMATS`."""
    return _WRITERS[output](catalogue)
