"""The counters counts what the sensor saw and did."""

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Counters:
    """
    Counts since the start.

    Args:
        frames: frames that the kernel filter let through.
        kernel_drops: frames that the kernel could not hand over.
        candidates: frames that the sieve let through.
        undecodable: candidates that could not be read as one observation.
        shed: candidates of loud sources that were not looked at, as far as counted.
        lost_at_handover: frames, about, that a replaced capture held when it had to be ended.
        duplicates: observations that were copies of an earlier frame.
        replies: observations that were answers to a scanner, such as its own bytes.
        sightings: signatures that held.
        expected: sightings of authorised scanners.
        alerts: alerts said.
        forgotten: scanners that fell silent with too little evidence for an alert.
        undelivered: messages that some sink lost.
    """

    frames: int = 0
    kernel_drops: int = 0
    candidates: int = 0
    undecodable: int = 0
    shed: int = 0
    lost_at_handover: int = 0
    duplicates: int = 0
    replies: int = 0
    sightings: int = 0
    expected: int = 0
    alerts: int = 0
    forgotten: int = 0
    undelivered: int = 0

    def counts(self) -> dict[str, int]:
        """Return every count by name."""
        return asdict(self)
