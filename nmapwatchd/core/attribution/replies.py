"""Recognise replies to probes, such as echoes of their bytes."""

from collections import OrderedDict

from nmapwatchd.core.observation import Observation
from nmapwatchd.core.units import SECOND

# Flows tracked; beyond that the oldest one is evicted. Replies arrive within a round trip, so this
# is far more than a busy second brings.
MAXIMUM_FLOWS = 8192
# Nanoseconds after a probe within which a payload from its destination to its source is a reply: a
# server may return the probe's bytes, whole or in part, and must not be reported for that.
REPLY_NANOSECONDS = 30 * SECOND

# Transport, source address and port, destination address and port.
_Flow = tuple[str, str, int, str, int]


class ReplyFilter:
    """Recognises payloads in the reverse direction of a probe."""

    def __init__(self) -> None:
        self._probes: OrderedDict[_Flow, int] = OrderedDict()
        self.replies = 0

    def is_reply(self, seen: Observation) -> bool:
        """Return whether an observation is a reply to an earlier one; otherwise track its flow."""
        if not seen.payload:
            return False  # nothing that a server could have returned, or could return
        transport = str(seen.transport)
        sender = seen.source, seen.source_port
        receiver = seen.destination, seen.destination_port
        probed_at = self._probes.get((transport, *receiver, *sender))
        if probed_at is not None and 0 <= seen.at - probed_at < REPLY_NANOSECONDS:
            self.replies += 1
            return True
        self._probes[transport, *sender, *receiver] = seen.at
        if len(self._probes) > MAXIMUM_FLOWS:
            self._probes.popitem(last=False)
        return False
