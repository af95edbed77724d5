"""Sightings: a rule matched an observation."""

from dataclasses import dataclass

from nmapwatchd.core.observation import Observation
from nmapwatchd.core.rule import RuleInfo

# The fields that satisfied a rule, and their values.
Evidence = tuple[tuple[str, str], ...]


@dataclass(slots=True)  # not frozen, which would take three times as long for every sighting
class Sighting:
    """
    One rule that matched one observation.

    Args:
        rule: the rule.
        observation: the observation.
        evidence: the fields and values that satisfied the rule.
    """

    rule: RuleInfo
    observation: Observation
    evidence: Evidence
