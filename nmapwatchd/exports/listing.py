"""Export the catalogue as a table and as JSON."""

import json
from typing import assert_never

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.expression import AllOf, AnyOf, Expression, Term


def table(catalogue: Catalogue) -> str:
    """Return one line per signature: id, confidence, title."""
    width = max((len(row.id) for row in catalogue.signatures), default=0)
    return "".join(
        f"{row.id:<{width}}  {row.confidence:<9}  {row.title}\n" for row in catalogue.signatures
    )


def json_list(catalogue: Catalogue) -> str:
    """Return a JSON list of signatures, without their examples."""
    rows = [
        {
            "id": row.id,
            "title": row.title,
            "confidence": row.confidence.value,
            "match": _condition(row.match),
            "options": row.options,
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
        case _:
            assert_never(expression)
