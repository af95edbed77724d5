"""The detector of signatures: the catalogue, then the correlation of packets."""

from collections.abc import Mapping

from nmapwatchd.core.attribution.link import LocalLinks
from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.correlation import Correlator
from nmapwatchd.core.matching.match import Match
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
        links: decides which senders are on the captured link; by default no network is known.
        earlier_errors: the errors of rules that another detector counted.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        seconds: int,
        correlator: Correlator | None = None,
        links: LocalLinks | None = None,
        earlier_errors: int = 0,
    ) -> None:
        self._catalogue = catalogue
        self._errors_before = earlier_errors - catalogue.faults.count
        self._span = seconds * SECOND
        self._correlator = Correlator() if correlator is None else correlator
        self.links = LocalLinks() if links is None else links

    def observe(self, observation: Observation) -> list[Sighting]:
        """Return one sighting for each signature that matches an observation."""
        self.links.learn(observation)
        matches = self._catalogue.match(observation)
        if not matches:  # nearly always
            return []
        confirmed = [match for match in matches if self._correlator.confirm(match, self._span)]
        if not confirmed:
            return []
        on_link = self.links.has_own_mac(observation)
        return [self._sighting(match, observation, on_link) for match in confirmed]

    def _sighting(self, match: Match, observation: Observation, on_link: bool) -> Sighting:
        """Return the sighting of a match, as certain as the way of the packet allows."""
        signature, evidence = match.signature, match.evidence
        if signature.off_link is None or self.links.is_on_link(observation):
            return Sighting(signature.rule, observation, evidence, on_link)
        return Sighting(signature.off_link_rule, observation, evidence, on_link, off_link=True)

    @property
    def rule_errors(self) -> int:
        """Errors that rules raised; each was skipped for one observation."""
        return self._errors_before + self._catalogue.faults.count

    def take_faults(self) -> Mapping[str, str]:
        """Return the first error of each rule that failed since the last call, by its id."""
        return self._catalogue.faults.take_unreported()

    @property
    def evictions(self) -> int:
        """The number of correlations that were evicted before their time was over."""
        return self._correlator.evictions

    def rewind(self, now: int) -> None:  # noqa: ARG002 - packets are not kept for long
        """Drop the packets stored for correlations."""
        self._correlator.clear()

    def reloaded(self, catalogue: Catalogue, seconds: int) -> "SignatureDetector":
        """Return a detector with another catalogue that continues the correlations."""
        return SignatureDetector(catalogue, seconds, self._correlator, self.links, self.rule_errors)
