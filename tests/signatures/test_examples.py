"""Every signature's examples hold, and its near misses are no other signature's either."""

import pytest

from nmapwatchd.core.matching.expression import compile_check
from nmapwatchd.core.matching.signature import Example, Signature
from nmapwatchd.signatures.loader import shipped_catalogue

SIGNATURES = shipped_catalogue().signatures


def fields(example: Example) -> dict[str, tuple[str, ...]]:
    return dict(example.fields)


@pytest.mark.parametrize("signature", SIGNATURES, ids=lambda s: s.id)
def test_a_signature_holds_for_what_was_seen(signature: Signature) -> None:
    check = compile_check(signature.match)

    assert [e for e in signature.examples if check(fields(e)) is None] == []


@pytest.mark.parametrize("signature", SIGNATURES, ids=lambda s: s.id)
def test_no_signature_of_the_matcher_claims_what_is_spared(signature: Signature) -> None:
    rows = [row for row in SIGNATURES if row.matcher == signature.matcher]
    claims = [
        (row.id, example)
        for row in rows
        for example in signature.near_misses
        if compile_check(row.match)(fields(example)) is not None
    ]

    assert claims == []
