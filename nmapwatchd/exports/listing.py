"""Export the catalogue as a table and as JSON."""

import json
from collections.abc import Mapping
from typing import assert_never

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.expression import AllOf, AnyOf, Expression, Term
from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.signatures.tuning import NO_CHANGES, Change, Changes


def table(catalogue: Catalogue, changes: Changes = NO_CHANGES) -> str:
    """Return one line per signature: id, confidence or `off`, title, and what changed it."""
    width = max((len(signature.id) for signature in catalogue.signatures), default=0)
    return "".join(
        f"{signature.id:<{width}}  {_state(signature, changes.get(signature.id)):<9}  "
        f"{signature.title}{_remark(changes.get(signature.id))}\n"
        for signature in catalogue.signatures
    )


def _state(signature: Signature, change: Change | None) -> str:
    return "off" if change is not None and change.is_off else signature.confidence


def _remark(change: Change | None) -> str:
    if change is None:
        return ""
    own = "" if change.is_off else f", otherwise {change.signature.confidence}"
    return f" ({change.by.location}{own})"


def json_list(catalogue: Catalogue, changes: Changes = NO_CHANGES) -> str:
    """Return a JSON list of signatures, without their examples."""
    described = [
        {
            "id": signature.id,
            "title": signature.title,
            "confidence": signature.confidence.value,
            **_configured(signature, changes.get(signature.id)),
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


def _configured(signature: Signature, change: Change | None) -> Mapping[str, object]:
    """Return what a signature is without the configuration, and which place of it changes that."""
    if change is None:
        return {
            "enabled": True,
            "own_confidence": signature.confidence.value,
            "changed_by": "",
        }
    return {
        "enabled": not change.is_off,
        "own_confidence": change.signature.confidence.value,
        "changed_by": change.by.location,
    }


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
