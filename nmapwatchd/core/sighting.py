"""A sighting is one signature that held for one observation."""

from dataclasses import dataclass

from nmapwatchd.core.expression import Evidence
from nmapwatchd.core.observation import Observation
from nmapwatchd.core.signature import Signature


@dataclass(frozen=True, slots=True)
class Sighting:
    """One signature, the observation for which it held, and the fields by which it did."""

    signature: Signature
    observation: Observation
    evidence: Evidence
