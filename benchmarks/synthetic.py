"""Builds catalogues of any size from the bundled one, with copies of signatures if needed."""

import hashlib
from dataclasses import replace
from itertools import cycle, islice

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.expression import AllOf, AnyOf, Expression, Op, Term
from nmapwatchd.core.matching.matcher import Kind, Matcher
from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.core.rule import Confidence
from nmapwatchd.matchers import MATCHERS

# Signatures in every catalogue: they detect the test scans.
_KEPT = (
    "http.nse-user-agent", "smb.negotiate-empty-dialect", "smb2.client-guid",
    "ssh.hostkey-ssh2", "payload.dns-version-bind-payload",
)  # fmt: skip
# Unchanged characters at the start of a literal, so that the same messages are candidates.
_HEAD = 4


def catalogue_of_size(shipped: Catalogue, size: int) -> Catalogue:
    """
    Return a catalogue with `size` signatures.

    A small one has the signatures that detect the test scans, and an even selection of the others,
    so that most protocols occur. A large one has all signatures, and copies of those that alert
    alone, each with different literals.
    """
    kept = [row for row in shipped.signatures if row.id in _KEPT]
    rest = [row for row in shipped.signatures if row.id not in _KEPT]
    some = min(len(rest), max(0, size - len(kept)))
    rest = [rest[number * len(rest) // some] for number in range(some)]
    originals = [row for row in shipped.signatures if row.confidence is Confidence.EXCLUSIVE]
    copies = (_copy(row, number) for number, row in enumerate(cycle(originals)))
    missing = max(0, size - len(shipped.signatures))
    return Catalogue.of(MATCHERS.values(), [*kept, *rest, *islice(copies, missing)])


def _copy(row: Signature, number: int) -> Signature:
    match = _changed(row.match, MATCHERS[row.matcher], number)
    return replace(row, id=f"{row.id}-copy-{number}", match=match)


def _changed(expression: Expression, matcher: Matcher, number: int) -> Expression:
    match expression:
        case AllOf(parts):
            return AllOf(tuple(_changed(part, matcher, number) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_changed(part, matcher, number) for part in parts))
        case Term(name, Op.MATCHES, _) | Term("transport" as name, _, _):
            return expression
        case Term(name, op, values):
            field = matcher.field_named(name)
            if field is None or field.kind is Kind.NUMBER:
                return expression
            return Term(name, op, tuple(_other(value, number) for value in values))
        case _:
            return expression


def _other(literal: str, number: int) -> str:
    """Return a literal of the same length and start that no host sends."""
    digest = hashlib.sha256(f"{literal}{number}".encode()).hexdigest()
    tail = (digest * (len(literal) // len(digest) + 1))[: max(0, len(literal) - _HEAD)]
    return literal[:_HEAD] + tail
