"""A catalogue names the same whether or not a payload's first byte narrows what it looks at."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.observation import Observation, Transport
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.building import observation, signature

CATALOGUE = shipped_catalogue()


def examples() -> Iterator[bytes]:
    for row in CATALOGUE.signatures:
        for example in row.examples:
            for name, values in example.fields:
                if name == "payload":
                    yield from (value.encode("latin-1") for value in values)


def named_one_by_one(seen: Observation) -> set[str]:
    return {
        row.id
        for chapter in CATALOGUE.matcher_rules
        if chapter.matcher.accepts(seen)
        for row, check in zip(chapter.signatures, chapter.checks, strict=True)
        if check(chapter.matcher.fields_of(seen)) is not None
    }


@given(
    st.sampled_from(sorted(set(examples()))) | st.binary(max_size=40),
    st.sampled_from(list(Transport)),
)
def test_the_first_byte_hides_no_signature(payload: bytes, transport: Transport) -> None:
    seen = observation(payload=payload, transport=transport)

    assert {s.signature.id for s in CATALOGUE.match(seen)} == named_one_by_one(seen)


def test_two_signatures_of_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match=r"two signatures have the id test\.loud"):
        Catalogue.of([], [signature("loud"), signature("loud")])


def test_a_signature_without_its_matcher_is_refused() -> None:
    with pytest.raises(ValueError, match="no matcher is called test"):
        Catalogue.of([], [signature("loud")])
