"""FrameFilter is a sighting that says nothing new: a copy of a frame, or an answer to a probe."""

from collections import OrderedDict
from typing import TypeVar

from nmapwatchd.core.observation import Observation

# Frames, and conversations, remembered. Copies arrive within milliseconds of each other and echoes
# within a round trip, so that this is far more than a busy second brings.
MAXIMUM_REMEMBERED = 8192
# Nanoseconds within which a second frame with the same identity is a copy: a mirror port, a second
# VLAN or the overlap of two captures delays by less, a retransmission differs in its IP id.
DUPLICATE_NANOSECONDS = 1_000_000_000
# Nanoseconds within which what comes back to where a probe came from is an answer, such as an echo
# of its bytes, whole or in part.
REPLY_NANOSECONDS = 30_000_000_000

_Flow = tuple[str, str, int, str, int]
_Key = TypeVar("_Key")


class FrameFilter:
    """Remembers what was just seen: nothing is counted twice, nobody is blamed for an answer."""

    def __init__(self) -> None:
        self._frames: OrderedDict[int, int] = OrderedDict()
        self._probes: OrderedDict[_Flow, int] = OrderedDict()
        self.duplicates = 0
        self.replies = 0

    def is_redundant(self, seen: Observation) -> bool:
        """Tell whether an observation repeats an earlier one; otherwise remember it."""
        before = self._frames.get(seen.frame_hash)
        if seen.frame_hash and before is not None and abs(seen.at - before) < DUPLICATE_NANOSECONDS:
            self.duplicates += 1
            return True
        self._frames[seen.frame_hash] = seen.at
        _forget(self._frames)
        if not seen.payload:
            return False  # nothing that could come back
        sender, receiver = (
            (seen.source, seen.source_port),
            (seen.destination, seen.destination_port),
        )
        back = (seen.transport.value, *receiver, *sender)
        sent = self._probes.get(back)
        if sent is not None and 0 <= seen.at - sent < REPLY_NANOSECONDS:
            self.replies += 1
            return True
        self._probes[seen.transport.value, *sender, *receiver] = seen.at
        _forget(self._probes)
        return False


def _forget(table: OrderedDict[_Key, int]) -> None:
    """Make room: the oldest goes first."""
    if len(table) > MAXIMUM_REMEMBERED:
        table.popitem(last=False)
