"""Every signature matches its examples, and no signature of its matcher its near misses."""

import pytest

from nmapwatchd.core.matching.expression import compile_check
from nmapwatchd.core.matching.signature import Example, Signature
from nmapwatchd.signatures.loader import shipped_catalogue

SIGNATURES = shipped_catalogue().signatures


def fields(example: Example) -> dict[str, tuple[str, ...]]:
    return dict(example.fields)


@pytest.mark.parametrize("signature", SIGNATURES, ids=lambda s: s.id)
def test_a_signature_matches_its_examples(signature: Signature) -> None:
    check = compile_check(signature.match)

    assert [e for e in signature.examples if check(fields(e)) is None] == []


@pytest.mark.parametrize("signature", SIGNATURES, ids=lambda s: s.id)
def test_no_signature_of_the_matcher_matches_a_near_miss(signature: Signature) -> None:
    rows = [row for row in SIGNATURES if row.matcher == signature.matcher]
    matched = [
        (row.id, example)
        for row in rows
        for example in signature.near_misses
        if compile_check(row.match)(fields(example)) is not None
    ]

    assert matched == []
