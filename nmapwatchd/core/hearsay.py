"""Hearsay is a sighting that says nothing new: a copy of a frame, or an echo of a probe."""

from collections import OrderedDict
from typing import TypeVar

from nmapwatchd.core.observation import Observation

# Frames, and conversations, remembered. Copies arrive within milliseconds of each other and echoes
# within a round trip, so that this is far more than a busy second brings.
MAXIMUM_REMEMBERED = 8192
# Nanoseconds within which a second frame with the same identity is a copy: a mirror port, a second
# VLAN or the overlap of two captures delays by less, a retransmission differs in its IP id.
COPY_NANOSECONDS = 1_000_000_000
# Nanoseconds within which the same bytes, sent back, are an echo.
ECHO_NANOSECONDS = 30_000_000_000

_Flow = tuple[str, int, str, int, int]
_Key = TypeVar("_Key")


class Hearsay:
    """Remembers what was just seen, so that nothing is counted twice and no echo is blamed."""

    def __init__(self) -> None:
        self._frames: OrderedDict[int, int] = OrderedDict()
        self._probes: OrderedDict[_Flow, int] = OrderedDict()
        self.copies = 0
        self.echoes = 0

    def is_hearsay(self, seen: Observation) -> bool:
        """Tell whether an observation repeats an earlier one; otherwise remember it."""
        before = self._frames.get(seen.frame)
        if seen.frame and before is not None and abs(seen.at - before) < COPY_NANOSECONDS:
            self.copies += 1
            return True
        self._frames[seen.frame] = seen.at
        _forget(self._frames)
        if not seen.payload:
            return False  # nothing that could come back
        content = hash(seen.payload)
        back = (seen.destination, seen.destination_port, seen.source, seen.source_port, content)
        sent = self._probes.get(back)
        if sent is not None and 0 <= seen.at - sent < ECHO_NANOSECONDS:
            self.echoes += 1
            return True
        forth = (seen.source, seen.source_port, seen.destination, seen.destination_port, content)
        self._probes[forth] = seen.at
        _forget(self._probes)
        return False


def _forget(table: OrderedDict[_Key, int]) -> None:
    """Make room: the oldest goes first."""
    if len(table) > MAXIMUM_REMEMBERED:
        table.popitem(last=False)
