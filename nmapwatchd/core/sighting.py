"""A sighting is one signature that held for one observation."""

from dataclasses import dataclass, field

from nmapwatchd.core.matching.expression import Evidence
from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.core.observation import Fields, Observation


@dataclass(frozen=True, slots=True)
class Sighting:
    """One signature, the observation for which it held, by what it did, and what else it showed."""

    signature: Signature
    observation: Observation
    evidence: Evidence
    fields: Fields = field(default_factory=dict)
