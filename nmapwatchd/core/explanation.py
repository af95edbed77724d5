"""Explain the sightings of a scan: the options that the tool was run with."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from nmapwatchd.core.observation import Values
from nmapwatchd.core.rule import RuleInfo


class Activity(StrEnum):
    """What a scan does, as its severity depends on it; the later, the more severe."""

    DISCOVERY = "discovery"  # hosts and ports
    OS_DETECTION = "os-detection"
    SERVICES = "services"  # versions, and scripts that are not intrusive
    INTRUSIVE = "intrusive"  # brute force, exploits, denial of service


@dataclass(frozen=True, slots=True)
class Explanation:
    """
    What accounts for the sightings of a scan.

    Args:
        options: the options and scripts that the sightings prove, as the tool takes them.
        possible: those that may have been among them, but are not proven.
        command: the shortest command that has the proven options, such as `nmap -A`; empty if
            there is none.
        activity: the most severe activity that is proven.
    """

    options: Values
    possible: Values = ()
    command: str = ""
    activity: Activity = Activity.DISCOVERY


def explain(rules: Mapping[str, RuleInfo]) -> Explanation:
    """
    Explain the sightings of a scan.

    Args:
        rules: the rules sighted, by id.
    """
    options = dict.fromkeys(option for rule in rules.values() for option in rule.options)
    return Explanation(tuple(options))
