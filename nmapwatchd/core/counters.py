"""Counters of the sensor."""

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Counters:
    """
    Counts since the service started.

    Args:
        frames: frames that passed the kernel filter.
        kernel_drops: frames that the kernel dropped because no buffer space was left.
        candidates: frames that passed tshark's filter.
        undecodable: candidates that could not be decoded as one observation.
        shed: frames of flooding sources that were dropped, as far as they were counted.
        lost_at_handover: frames, roughly, in a replaced capture when it had to be killed.
        duplicates: observations of a frame that was already observed.
        replies: observations that were replies to a probe, such as an echo of its bytes.
        sightings: rules that matched an observation.
        expected: sightings of authorised scanners.
        alerts: alerts emitted.
        below_threshold: windows that ended without enough evidence for an alert.
        evicted_decoys: packets and addresses that were evicted while another could still have been
            grouped with them: one scan may be reported as several.
        folded_scans: scans that were reported only in the summary of a flood.
        evicted_windows: windows evicted because the table was full, without folded scans.
        undelivered: messages that at least one sink lost.
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
    below_threshold: int = 0
    evicted_decoys: int = 0
    folded_scans: int = 0
    evicted_windows: int = 0
    undelivered: int = 0

    def counts(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)
