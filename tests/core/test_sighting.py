"""A sighting needs no signature."""

from nmapwatchd.core.rule import Confidence, RuleInfo
from nmapwatchd.core.sighting import Sighting
from tests.building import NOON, observation


def test_a_sighting_carries_a_rule_an_observation_and_the_evidence() -> None:
    rule = RuleInfo("sweep.arp", "ARP sweep", "", Confidence.WEAK, (), "", ("T1018",))
    sighting = Sighting(rule, observation(), (("targets", "64"),))

    assert sighting.rule.id == "sweep.arp"
    assert sighting.observation.at == NOON
    assert dict(sighting.evidence) == {"targets": "64"}
