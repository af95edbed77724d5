"""Catalogues of any size are made of the shipped one."""

import pytest

from benchmarks.synthetic import catalogue_of_size
from nmapwatchd.signatures.loader import shipped_catalogue

SHIPPED = shipped_catalogue()


@pytest.mark.parametrize("size", [50, 200, 800])
def test_a_catalogue_has_its_size(size: int) -> None:
    assert len(catalogue_of_size(SHIPPED, size).signatures) == size


def test_a_small_catalogue_reads_most_protocols() -> None:
    matcher_rules = catalogue_of_size(SHIPPED, 50).matcher_rules

    assert len(matcher_rules) > len(SHIPPED.matcher_rules) / 2


def test_a_large_catalogue_has_all_that_is_shipped() -> None:
    ids = {row.id for row in catalogue_of_size(SHIPPED, 800).signatures}

    assert ids > {row.id for row in SHIPPED.signatures}
