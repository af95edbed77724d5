"""The facts of a rule that sightings and alerts carry."""

from nmapwatchd.core.rule import Confidence, RuleInfo


def test_the_confidences_are_those_that_signature_files_name() -> None:
    assert [confidence.value for confidence in Confidence] == ["exclusive", "strong", "weak"]


def test_two_facts_of_the_same_rule_are_equal() -> None:
    facts = ("a.b", "A", "a.lua", Confidence.WEAK, ("-sV",), "nmap", ("T1046",))

    assert RuleInfo(*facts) == RuleInfo(*facts)
    assert RuleInfo(*facts) != RuleInfo(*facts[:-1], ())
