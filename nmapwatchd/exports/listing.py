"""Export the catalogue as a table and as JSON."""

import json
from typing import assert_never

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.expression import AllOf, AnyOf, Expression, Term


def table(catalogue: Catalogue) -> str:
    """Return one line per signature: id, confidence, title."""
    width = max((len(signature.id) for signature in catalogue.signatures), default=0)
    return "".join(
        f"{signature.id:<{width}}  {signature.confidence:<9}  {signature.title}\n"
        for signature in catalogue.signatures
    )


def json_list(catalogue: Catalogue) -> str:
    """Return a JSON list of signatures, without their examples."""
    described = [
        {
            "id": signature.id,
            "title": signature.title,
            "confidence": signature.confidence.value,
            "match": _condition(signature.match),
            "options": signature.options,
            "source": signature.source,
            "note": signature.note,
            "also_sent_by": signature.also_sent_by,
            "shared": signature.shared,
            "tool": signature.tool,
        }
        for signature in catalogue.signatures
    ]
    return json.dumps(described, indent=1) + "\n"


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
