"""Sightings: a rule matched an observation."""

from typing import NamedTuple

from nmapwatchd.core.observation import Observation
from nmapwatchd.core.rule import RuleInfo

# The fields that satisfied a rule, and their values.
Evidence = tuple[tuple[str, str], ...]


class Sighting(NamedTuple):  # a third of the time of a frozen dataclass
    """
    One rule that matched one observation.

    Args:
        rule: the rule.
        observation: the observation.
        evidence: the fields and values that satisfied the rule.
        on_link: whether the packet was sent on a captured link itself, so that its MAC address is
            the sender's.
        off_link: whether the rule is less certain because routers may have changed the packet.
    """

    rule: RuleInfo
    observation: Observation
    evidence: Evidence
    on_link: bool = False
    off_link: bool = False
