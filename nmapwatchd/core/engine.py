"""
The engine turns observations into alerts, in packet time.

It has no clock: packet time is the only time. The caller reports the time when no packets arrive
(`tick`), that the clock was set back (`rewind`), and the end (`drain`). What happens to one
observation, in order, and why:

1. It is counted as a candidate: it has passed the filters of the kernel and of tshark.
2. Detectors turn it into sightings. The detector of signatures finds those that its first
   bytes allow, evaluates the ones that an index leaves, and correlates packets for those that need
   several. Nearly every candidate ends here, without a sighting, and leaves no state except in the
   correlator: all tables below are for sightings only, so ordinary traffic cannot fill them. The
   correlator is before step 3, too: a duplicate of a packet counts once there, because its
   correlated values are not new.
3. Duplicates are dropped: a frame may be captured more than once, on two interfaces, VLANs or
   mirror ports, and be counted once. A duplicate must not be taken for a reply, or be tracked as
   another probe, so this comes before step 4.
4. Replies are dropped: a server that returns the bytes of a probe is not a scanner. What is
   dropped by 3 and 4 changes nothing below: no window stays open because of it. Both drop single
   sightings, never an observation: what a rule saw in one packet, which is counted, can hide what
   the same rule sees in another one, but not what another rule sees. So nobody can hide a packet
   by sending a harmless one before it.
5. The allowlist decides which sightings are expected. It is given the address that sent the
   packet, before decoys are grouped: an authorised scanner's address, spoofed as a decoy, must not
   cover the scanner. It decides for each sighting: those of one packet may be covered in part, by
   several authorisations or by none. Expected sightings are recorded, too, in a window of their
   own for each authorisation, so that no packet outside of an authorisation joins its scan.
6. Decoys are grouped: the address that stands for a scanner and its decoys replaces the source in
   the window's key, so that a scan with decoys is one scan. The true source becomes known later,
   in the window, when a handshake of one of the addresses is implied. Packets that only weak rules
   match group nobody: others send them, and whoever repeats one would be grouped with its sender.
   Likewise, sightings in what continues an upload are marked: the bytes may be a third party's.
7. The window table closes the windows that are idle at this packet time, before it records the
   sightings: a packet after a long pause starts another scan. Then it records the sightings, and
   an alert opens at the threshold of the score, or continues the scan with what is new. Scans that
   are too many to be opened one by one are counted in the summary of a flood.
8. Window changes are taken together with the alerts, so that both are saved at once: after a
   crash, a scan that was reported continues under its id. Changes that no alert has reported wait
   for the caller (`unsaved_changes`), who saves them when there is time.
9. Stages: steps between the engine and delivery, each from an outcome to an outcome. Counting is
   the first.

Every table has a ceiling, and counts what it evicts while it could still have served a purpose;
`SourceTable` has the order of eviction. Of windows, those whose source may be forged are evicted
first. A window is evicted with an alert if it was reported.
"""

from collections.abc import Iterable, Sequence

from nmapwatchd.core.alert import Alert
from nmapwatchd.core.attribution.allowlist import Allowlist
from nmapwatchd.core.attribution.decoys import Decoys
from nmapwatchd.core.attribution.duplicates import FrameDeduplicator
from nmapwatchd.core.attribution.replies import ReplyFilter
from nmapwatchd.core.attribution.uploads import Uploads
from nmapwatchd.core.counters import Counters
from nmapwatchd.core.detector import Detector
from nmapwatchd.core.observation import Observation
from nmapwatchd.core.outcome import NO_OUTCOME, Outcome, Stage
from nmapwatchd.core.rule import Confidence
from nmapwatchd.core.sighting import Sighting
from nmapwatchd.core.units import SECOND
from nmapwatchd.core.windows.changes import NO_WINDOW_CHANGES, WindowChanges
from nmapwatchd.core.windows.record import WindowRecord
from nmapwatchd.core.windows.table import WindowPolicy, WindowTable


class Engine:
    """
    Detectors, attribution, allowlist and windows, in this order.

    Args:
        detectors: turn observations into sightings.
        allowlist: the authorised scanners.
        policy: when a scan is reported.
        counters: is kept up to date.
        track_changes: whether outcomes carry window changes, for a caller that saves them.
    """

    def __init__(
        self,
        detectors: Sequence[Detector],
        allowlist: Allowlist,
        policy: WindowPolicy,
        counters: Counters,
        *,
        track_changes: bool = False,
    ) -> None:
        self._detectors = tuple(detectors)
        self._allowlist = allowlist
        self._windows = WindowTable(policy, track_changes)
        self._deduplicator = FrameDeduplicator()
        self._reply_filter = ReplyFilter()
        self._decoys = Decoys()
        self._uploads = Uploads()
        self._counters = counters
        self._stages: tuple[Stage, ...] = (self._count,)

    @property
    def open_windows(self) -> int:
        """The number of open scans."""
        return len(self._windows)

    def observe(self, observation: Observation) -> Outcome:
        """Process one observation."""
        self._counters.candidates += 1
        self._uploads.learn(observation)
        sightings: Sequence[Sighting] = [
            sighting for detector in self._detectors for sighting in detector.observe(observation)
        ]
        if not sightings:
            return NO_OUTCOME
        alerts: list[Alert] = []
        if sightings := self._deduplicator.without_duplicates(sightings):
            sightings = self._reply_filter.without_replies(sightings)
        if sightings:
            self._counters.sightings += len(sightings)
            parts = self._allowlist.split(sightings)
            span = self._windows.policy.seconds * SECOND
            # Decoys have any address: that routers may have changed a packet does not matter here.
            only_weak = all(
                one.rule.confidence is Confidence.WEAK and not one.off_link for one in sightings
            )
            source = self._decoys.canonical_source(observation, span, only_weak)
            for coverage, part in parts:
                if coverage.expected:
                    self._counters.expected += len(part)
                alerts += self._windows.add(self._uploads.marked(part), coverage, source)
        return self._outcome(alerts)

    def tick(self, now: int) -> Outcome:
        """Close the windows that are idle at packet time `now`, if no packet arrives to do so."""
        return self._outcome(self._windows.advance(now))

    def rewind(self, now: int) -> Outcome:
        """Drop what is after packet time `now`, because the clock was set back to it."""
        for detector in self._detectors:
            detector.rewind(now)
        return self._outcome(self._windows.rewind(now))

    def drain(self, keep: bool = False) -> Outcome:
        """
        Close every window, at the end of a capture or of the service.

        Args:
            keep: whether their records are kept, for the next start.
        """
        return self._outcome(self._windows.drain(keep))

    def restore(self, records: Iterable[WindowRecord], now: int) -> Outcome:
        """
        Restore the windows of an earlier process.

        Args:
            records: what was kept of them.
            now: packet time; those that are idle, or cannot continue, are closed.
        """
        return self._outcome(self._windows.restore(records, now))

    def reload(
        self, detectors: Sequence[Detector], allowlist: Allowlist, policy: WindowPolicy
    ) -> Outcome:
        """Apply another configuration; open windows stay, unless they are keyed differently."""
        alerts: list[Alert] = []
        if policy.by != self._windows.policy.by:
            alerts = self._windows.drain()
        self._detectors, self._allowlist = tuple(detectors), allowlist
        self._windows.policy = policy
        return self._outcome(alerts)

    def unsaved_changes(self, limit: int) -> WindowChanges:
        """
        Return the window changes that no outcome has carried.

        Args:
            limit: the maximum number of windows with unreported sightings; those that were
                reported or closed are all returned.
        """
        return self._windows.changes(limit)

    def _outcome(self, alerts: list[Alert]) -> Outcome:
        summaries = self._windows.take_summaries()
        outcome = NO_OUTCOME
        if alerts or summaries:
            changes = self._windows.changes(0) if alerts else NO_WINDOW_CHANGES
            outcome = Outcome(tuple(alerts), changes, summaries)
        for stage in self._stages:
            outcome = stage(outcome)
        return outcome

    def _count(self, outcome: Outcome) -> Outcome:
        counters = self._counters
        for alert in outcome.alerts:
            if alert.sequence == 1:  # a scan counts once, however many messages it has
                counters.expected_scans += bool(alert.expected)
                counters.alerts += not alert.expected
        counters.evicted_decoys = self._decoys.evicted
        counters.folded_scans = self._windows.folded
        counters.evicted_windows = self._windows.evicted
        counters.below_threshold = self._windows.below_threshold
        counters.evicted_evidence = self._windows.evicted_evidence
        counters.duplicates = self._deduplicator.duplicates
        counters.replies = self._reply_filter.replies
        counters.evicted_packets = sum(detector.evictions for detector in self._detectors)
        counters.evicted_frames = self._deduplicator.evictions
        counters.evicted_probes = self._reply_filter.evictions
        counters.evicted_uploads = self._uploads.evictions
        return outcome
