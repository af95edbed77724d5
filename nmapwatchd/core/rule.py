"""The facts of a rule that sightings and alerts carry."""

from dataclasses import dataclass
from enum import StrEnum

from nmapwatchd.core.observation import Values


class Confidence(StrEnum):
    """How certain one sighting of a rule is."""

    EXCLUSIVE = "exclusive"  # no other software sends this
    STRONG = "strong"  # hardly any other software sends this
    WEAK = "weak"  # others send it, too; it only adds to the score


# More is more certain.
CERTAINTY = {Confidence.WEAK: 0, Confidence.STRONG: 1, Confidence.EXCLUSIVE: 2}


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """
    A rule, whichever detector it belongs to; it outlives the rule, which may be removed.

    Args:
        id: its id.
        title: a short description.
        reference: where it comes from; of a signature the file of nmap.
        confidence: how certain one sighting is.
        options: the options or scripts of the tool that cause it.
        tool: the software that it detects.
        techniques: the ids of the MITRE ATT&CK techniques that it is evidence of.
        shared: whether tools that include the probes of `tool` send the same.
    """

    id: str
    title: str
    reference: str
    confidence: Confidence
    options: Values
    tool: str
    techniques: Values
    shared: bool = False
