"""The detector of signatures: the catalogue, then the correlation."""

from dataclasses import replace

from nmapwatchd.core.detector import Detector
from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.detector import SignatureDetector
from nmapwatchd.core.matching.signature import Correlation, Signature
from nmapwatchd.core.rule import Confidence
from nmapwatchd.core.sighting import Sighting
from tests.building import ANYTHING, NOON, observation, signature

PORTS = Correlation(group_by=(), count_distinct=("destination_port",), count=2)
LOUD = signature("loud")
SEVERAL = replace(LOUD, correlate=PORTS)


def catalogue(*signatures: Signature) -> Catalogue:
    return Catalogue.of([ANYTHING], signatures)


def detected(detector: Detector, at: float, port: int) -> bool:
    return bool(detector.observe(observation(at, payload=b"loud", destination_port=port)))


def test_a_sighting_carries_the_facts_of_its_signature() -> None:
    seen = observation(payload=b"very loud")

    (sighting,) = SignatureDetector(catalogue(LOUD), 30).observe(seen)

    assert sighting == Sighting(LOUD.rule, seen, (("payload", "very loud"),))
    assert sighting.rule is LOUD.rule


def test_nothing_is_detected_in_other_packets() -> None:
    detector = SignatureDetector(catalogue(LOUD), 30)

    assert detector.observe(observation(payload=b"quiet")) == []


def test_the_packets_of_a_correlation_arrive_within_the_time_of_a_window() -> None:
    def detected_after(seconds: float) -> bool:
        detector = SignatureDetector(catalogue(SEVERAL), 30)
        assert not detected(detector, 0, 1)
        return detected(detector, seconds, 2)

    assert detected_after(30)
    assert not detected_after(30.001)


def test_a_rewind_drops_the_packets_of_correlations() -> None:
    detector = SignatureDetector(catalogue(SEVERAL), 30)
    detected(detector, 0, 1)

    detector.rewind(NOON)

    assert not detected(detector, 1, 2)


def test_a_reload_continues_the_correlations() -> None:
    detector = SignatureDetector(catalogue(SEVERAL), 30)
    detected(detector, 0, 1)

    reloaded = detector.reloaded(catalogue(SEVERAL, signature("other")), 60)

    assert detected(reloaded, 31, 2)
    assert reloaded.observe(observation(payload=b"other"))


def test_a_reload_applies_the_new_catalogue_only() -> None:
    reloaded = SignatureDetector(catalogue(LOUD), 30).reloaded(catalogue(signature("other")), 30)

    assert not detected(reloaded, 0, 1)


def test_a_signature_may_be_less_certain_behind_a_router() -> None:
    row = replace(LOUD, off_link=Confidence.WEAK)
    detector = SignatureDetector(catalogue(row), 30)

    def confidence(**changes: object) -> Confidence:
        (sighting,) = detector.observe(observation(payload=b"loud", **changes))
        return sighting.rule.confidence

    assert confidence() is Confidence.EXCLUSIVE
    assert confidence(source="198.51.100.5") is Confidence.WEAK


def test_a_reload_keeps_what_is_known_of_the_links() -> None:
    detector = SignatureDetector(catalogue(LOUD), 30)

    assert detector.reloaded(catalogue(LOUD), 30).links is detector.links
