"""The detector of signatures: the catalogue, then the correlation of packets."""

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.correlation import Correlator
from nmapwatchd.core.observation import Observation
from nmapwatchd.core.sighting import Sighting
from nmapwatchd.core.units import SECOND


class SignatureDetector:
    """
    Reports the signatures of a catalogue.

    Args:
        catalogue: the signatures.
        seconds: the time within which the packets of a correlation must arrive, which is that of
            a window.
        correlator: continues another detector's correlations; a new one by default.
    """

    def __init__(
        self, catalogue: Catalogue, seconds: int, correlator: Correlator | None = None
    ) -> None:
        self._catalogue = catalogue
        self._span = seconds * SECOND
        self._correlator = Correlator() if correlator is None else correlator

    def observe(self, observation: Observation) -> list[Sighting]:
        """Return one sighting for each signature that matches an observation."""
        matches = self._catalogue.match(observation)
        if not matches:  # nearly always
            return []
        return [
            Sighting(match.signature.rule, observation, match.evidence)
            for match in matches
            if self._correlator.confirm(match, self._span)
        ]

    @property
    def evictions(self) -> int:
        """The number of correlations that were evicted before their time was over."""
        return self._correlator.evictions

    def rewind(self, now: int) -> None:  # noqa: ARG002 - packets are not kept for long
        """Drop the packets stored for correlations."""
        self._correlator.clear()

    def reloaded(self, catalogue: Catalogue, seconds: int) -> "SignatureDetector":
        """Return a detector with another catalogue that continues the correlations."""
        return SignatureDetector(catalogue, seconds, self._correlator)
