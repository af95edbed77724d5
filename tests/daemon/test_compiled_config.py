"""The filters are those of the signatures that can be compiled."""

import random
from dataclasses import replace

import pytest

from nmapwatchd.config.settings import Settings
from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.expression import Op, Term
from nmapwatchd.daemon.compiled_config import compile_config
from nmapwatchd.errors import Diagnostic, OperatorError
from nmapwatchd.filters.compiled import compile_filters
from nmapwatchd.signatures.loader import LoadedSignatures, shipped_catalogue
from nmapwatchd.signatures.tuning import Adjustment, tune
from tests.building import ANYTHING, signature

SETTINGS = Settings(interfaces=("eth0",))
FIXED = replace(signature("fixed"), match=Term("payload", Op.STARTS, ("fixed",)))


def test_the_filters_are_those_of_the_catalogue() -> None:
    catalogue = shipped_catalogue()

    config = compile_config(SETTINGS, LoadedSignatures(catalogue))

    assert (config.settings, config.catalogue) == (SETTINGS, catalogue)
    assert config.filters == compile_filters(catalogue)
    assert config.refused == ()


def test_a_site_signature_that_cannot_be_compiled_is_left_out() -> None:
    refused = Diagnostic("site.toml:1", "examples: wrong")
    loud = replace(signature("loud"), location="site.toml:9")
    loaded = LoadedSignatures(Catalogue.of([ANYTHING], [FIXED, loud]), (refused,))

    config = compile_config(SETTINGS, loaded)

    assert config.catalogue.signatures == (FIXED,)
    assert config.filters == compile_filters(Catalogue.of([ANYTHING], [FIXED]))
    assert [one.location for one in config.refused] == ["site.toml:1", "site.toml:9"]


def test_site_signatures_that_make_the_filter_too_long_are_left_out() -> None:
    chance = random.Random(1)  # noqa: S311 - repeatable, not secret
    values = tuple(chance.randbytes(4).decode("latin-1") for _ in range(4_000))
    many = replace(
        signature("many"), match=Term("payload", Op.STARTS, values), location="site.toml:9"
    )

    config = compile_config(SETTINGS, LoadedSignatures(Catalogue.of([ANYTHING], [FIXED, many])))

    assert config.catalogue.signatures == (FIXED,)
    assert "the kernel takes 4096" in str(config.refused[0])


def test_a_shipped_signature_that_cannot_be_compiled_is_an_error() -> None:
    with pytest.raises(OperatorError, match=r"test\.loud"):
        compile_config(SETTINGS, LoadedSignatures(Catalogue.of([ANYTHING], [signature("loud")])))


def test_what_is_off_is_in_no_filter() -> None:
    loud = replace(FIXED, id="test.loud", match=Term("payload", Op.STARTS, ("loud",)))
    everything, changes, _ = tune(
        Catalogue.of([ANYTHING], [FIXED, loud]), [Adjustment("disable[1]", "test.l*", None)]
    )
    unmatched = (Diagnostic("conf: disable[2]", "matches no signature"),)

    config = compile_config(SETTINGS, LoadedSignatures(everything, (), changes, unmatched))

    assert config.catalogue.signatures == (FIXED,)
    assert config.filters == compile_filters(Catalogue.of([ANYTHING], [FIXED]))
    assert config.filters != compile_filters(everything)
    assert (config.changes, config.unmatched) == (changes, unmatched)
