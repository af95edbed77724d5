"""A signature knows the fields that it tests, and the facts that alerts carry."""

from dataclasses import replace

from nmapwatchd.core.matching.expression import AllOf, AnyOf, Op, Term
from nmapwatchd.core.matching.signature import DEFAULT_TECHNIQUES, Correlation
from nmapwatchd.core.rule import Confidence, RuleInfo
from tests.building import signature


def test_the_fields_that_a_signature_tests_are_listed_once_in_order() -> None:
    match = AllOf((
        Term("b", Op.IS, ("1",)),
        AnyOf((Term("a", Op.IS, ("1",)), Term("b", Op.IS, ("2",)))),
    ))  # fmt: skip

    assert replace(signature("loud"), match=match).reads == ("b", "a")


def test_the_fields_of_a_correlation_are_tested_too() -> None:
    correlate = Correlation(("c",), ("d", "payload"), 2, must_vary=("e",), consecutive="f")

    row = replace(signature("loud"), correlate=correlate)
    assert row.reads == ("payload", "c", "d", "e", "f")


def test_a_signature_is_of_nmap_and_its_service_discovery_by_default() -> None:
    row = signature("loud")

    assert (row.tool, row.techniques) == ("nmap", DEFAULT_TECHNIQUES)
    assert DEFAULT_TECHNIQUES == ("T1046",)


def test_the_facts_of_a_signature_follow_its_fields() -> None:
    row = replace(
        signature("loud", Confidence.WEAK), tool="masscan", techniques=("T1595", "T1046"),
        shared=True,
    )  # fmt: skip

    assert row.rule == RuleInfo(
        id="test.loud",
        title="Title of loud",
        reference="scripts/loud.nse",
        confidence=Confidence.WEAK,
        options=("--script loud",),
        tool="masscan",
        techniques=("T1595", "T1046"),
        shared=True,
    )


def test_the_facts_of_a_signature_are_built_once() -> None:
    row = signature("loud")

    assert row.rule is row.rule


def test_behind_a_router_a_signature_has_the_same_facts_but_perhaps_less_confidence() -> None:
    row = replace(signature("loud"), off_link=Confidence.WEAK)

    assert row.off_link_rule == replace(row.rule, confidence=Confidence.WEAK)
    assert signature("loud").off_link_rule == signature("loud").rule
