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
        duplicates: observations with a sighting that another copy of the frame had shown.
        replies: observations with a sighting that was a reply to a probe, such as an echo of it.
        evicted_packets: packets, at least, that were evicted while a signature that needs several
            could still have been satisfied: a scan may be missed.
        evicted_frames: frames that were evicted while a duplicate of them could still arrive: some
            may be counted twice.
        evicted_probes: probes that were evicted while a reply to them could still arrive: a server
            that returns them may be named.
        evicted_uploads: uploads that were evicted while they could still continue: content of a
            third party may lack the caveat.
        rule_errors: errors of rules; each rule was skipped for one observation.
        sightings: rules that matched an observation.
        expected: sightings of authorised scanners.
        evicted_macs: MAC addresses forgotten, among them perhaps routers', because too many sent.
        alerts: scans that were alerted, each once; neither authorised ones nor those of floods.
        expected_scans: scans of authorised scanners that were reported, each once.
        below_threshold: windows that ended without enough evidence for an alert.
        evicted_evidence: destinations whose weak evidence was dropped, because their source sent
            some to more than a window stores.
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
    evicted_packets: int = 0
    evicted_frames: int = 0
    evicted_probes: int = 0
    evicted_uploads: int = 0
    rule_errors: int = 0
    sightings: int = 0
    expected: int = 0
    evicted_macs: int = 0
    alerts: int = 0
    expected_scans: int = 0
    below_threshold: int = 0
    evicted_evidence: int = 0
    evicted_decoys: int = 0
    folded_scans: int = 0
    evicted_windows: int = 0
    undelivered: int = 0

    def counts(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)
