"""A signature whose expression an observation satisfies."""

from dataclasses import dataclass, field

from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.core.observation import Fields, Observation
from nmapwatchd.core.sighting import Evidence


@dataclass(slots=True)  # not frozen, which would take three times as long for every match
class Match:
    """
    One signature and one packet; a sighting once the signature's correlation is satisfied, too.

    Args:
        signature: the signature.
        observation: the packet.
        evidence: the fields and values that satisfied the expression.
        fields: all fields of the packet, for the correlation.
    """

    signature: Signature
    observation: Observation
    evidence: Evidence
    fields: Fields = field(default_factory=dict)
