"""A signature whose expression an observation satisfies."""

from typing import NamedTuple

from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.core.observation import NO_FIELDS, Fields, Observation
from nmapwatchd.core.sighting import Evidence


class Match(NamedTuple):  # a third of the time of a frozen dataclass
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
    fields: Fields = NO_FIELDS
