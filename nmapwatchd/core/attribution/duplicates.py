"""Recognise duplicate frames."""

from collections.abc import Sequence

from nmapwatchd.core.sighting import Sighting
from nmapwatchd.core.source_table import SourceTable
from nmapwatchd.core.units import SECOND

# Frames tracked, and those of one source in a flood. Duplicates arrive within milliseconds of each
# other, so this is far more than a busy second brings.
MAXIMUM_FRAMES, BUDGET = 8192, 1024
# Nanoseconds within which a second frame with the same hash is a duplicate: a mirror port, a second
# VLAN or the overlap of two captures delays by less, and a retransmission differs in its IP id.
DUPLICATE_NANOSECONDS = SECOND

# Packet time of a frame, and the ids of the rules that were sighted in it.
_Counted = tuple[int, frozenset[str]]


class FrameDeduplicator:
    """
    Recognises frames that were captured more than once, so that none is counted twice.

    The hash of a frame covers its payload, but not every header: what a rule saw in one frame
    never hides what another rule sees in a second frame with the same hash.
    """

    def __init__(self) -> None:
        self._frames = SourceTable[int, _Counted](MAXIMUM_FRAMES, BUDGET)
        self.duplicates = 0

    @property
    def evictions(self) -> int:
        """The number of frames that were evicted before their time was over."""
        return self._frames.evictions

    def without_duplicates(self, sightings: Sequence[Sighting]) -> Sequence[Sighting]:
        """
        Return the sightings in an observation that an earlier copy of its frame did not show.

        Args:
            sightings: all sightings in it, at least one.
        """
        seen = sightings[0].observation
        if not seen.frame_hash:
            return sightings
        at, counted = self._frames.get(seen.source, seen.frame_hash) or (seen.at, frozenset())
        if abs(seen.at - at) >= DUPLICATE_NANOSECONDS:
            at, counted = seen.at, frozenset()
        left = [one for one in sightings if one.rule.id not in counted]
        if left:
            counted = counted.union(one.rule.id for one in left)
            frame = at, counted
            self._frames.put(seen.source, seen.frame_hash, frame, seen.at, DUPLICATE_NANOSECONDS)
        self.duplicates += len(left) < len(sightings)
        return left
