"""Recognise duplicate frames."""

from collections import OrderedDict

from nmapwatchd.core.observation import Observation
from nmapwatchd.core.units import SECOND

# Frames tracked; beyond that the oldest one is evicted. Duplicates arrive within milliseconds of
# each other, so this is far more than a busy second brings.
MAXIMUM_FRAMES = 8192
# Nanoseconds within which a second frame with the same hash is a duplicate: a mirror port, a second
# VLAN or the overlap of two captures delays by less, and a retransmission differs in its IP id.
DUPLICATE_NANOSECONDS = SECOND


class FrameDeduplicator:
    """Recognises frames that were captured more than once, so that none is counted twice."""

    def __init__(self) -> None:
        self._frames: OrderedDict[int, int] = OrderedDict()
        self.duplicates = 0

    def is_duplicate(self, seen: Observation) -> bool:
        """Return whether a frame was already observed; otherwise track it."""
        before = self._frames.get(seen.frame_hash)
        if seen.frame_hash and before is not None and abs(seen.at - before) < DUPLICATE_NANOSECONDS:
            self.duplicates += 1
            return True
        self._frames[seen.frame_hash] = seen.at
        if len(self._frames) > MAXIMUM_FRAMES:
            self._frames.popitem(last=False)
        return False
