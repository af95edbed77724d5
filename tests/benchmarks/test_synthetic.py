"""Catalogues of any size are built from the bundled one."""

import pytest

from benchmarks.synthetic import catalogue_of_size
from nmapwatchd.signatures.loader import shipped_catalogue

SHIPPED = shipped_catalogue()


@pytest.mark.parametrize("size", [50, 200, 800])
def test_a_catalogue_has_the_given_size(size: int) -> None:
    assert len(catalogue_of_size(SHIPPED, size).signatures) == size


def test_a_small_catalogue_has_signatures_of_most_protocols() -> None:
    matcher_rules = catalogue_of_size(SHIPPED, 50).matcher_rules

    assert len(matcher_rules) > len(SHIPPED.matcher_rules) / 2


def test_a_large_catalogue_contains_every_bundled_signature() -> None:
    ids = {row.id for row in catalogue_of_size(SHIPPED, 800).signatures}

    assert ids > {row.id for row in SHIPPED.signatures}
