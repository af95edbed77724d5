"""
Recognise replies to probes, such as echoes of their bytes.

A server that returns a probe's bytes must not be blamed for them. But an attacker may send a frame
in the target's name first, to have the scanner's own packets taken for replies. So a frame excuses
nothing but what was sighted in it: the same rule, in the same bytes, between the same ports in the
other direction, and only a few times. Hence no frame hides what it has not itself been reported
for. And what goes from a port that clients are given to one that servers use is not a reply: so an
attacker who forges each probe in advance, byte for byte, is named beside the target, unless the
ports of the probes are rewritten, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from nmapwatchd.core.attribution.caveats import FIRST_CLIENT_PORT
from nmapwatchd.core.sighting import Sighting
from nmapwatchd.core.source_table import SourceTable
from nmapwatchd.core.units import SECOND

# Probes tracked, and those of one source in a flood. Replies arrive within a round trip, so this is
# far more than a busy second brings.
MAXIMUM_PROBES, BUDGET = 8192, 2048
# Nanoseconds after a probe within which a payload from its destination to its source is a reply: a
# server may return the probe's bytes, whole or in part, and must not be reported for that.
REPLY_NANOSECONDS = 30 * SECOND
# Bytes of a probe's payload that are compared: longer than what nmap sends first.
MAXIMUM_BYTES = 2048
# Payloads kept of the probes of one rule between two ports: several may be under way.
MAXIMUM_PAYLOADS = 8
# Replies that a probe excuses: an echo may be retransmitted, or arrive in several segments.
REPLIES_PER_PROBE = 3


@dataclass(slots=True)
class _Probed:
    """
    The probes of one rule between two ports.

    Args:
        at: packet time of the latest one.
        payloads: the start of the latest payloads, latest last.
        excusable: replies that may still be excused.
    """

    at: int
    payloads: tuple[bytes, ...] = ()
    excusable: int = 0


class ReplyFilter:
    """Recognises what comes back from where a probe went."""

    def __init__(self) -> None:
        # By the sender of the probe; the key stands for transport, ports, receiver and rule.
        self._probes = SourceTable[int, _Probed](MAXIMUM_PROBES, BUDGET)
        self.replies = 0

    @property
    def evictions(self) -> int:
        """The number of probes that were evicted before their time was over."""
        return self._probes.evictions

    def without_replies(self, sightings: Sequence[Sighting]) -> Sequence[Sighting]:
        """
        Return the sightings in an observation that are no replies; track them as probes.

        Args:
            sightings: sightings in it, at least one.
        """
        seen = sightings[0].observation
        if not seen.payload:
            return sightings  # nothing that a server could have returned, or could return
        left = [one for one in sightings if not self._is_reply(one)]
        for one in left:
            self._track(one)
        self.replies += len(left) < len(sightings)
        return left

    def _is_reply(self, sighting: Sighting) -> bool:
        seen = sighting.observation
        if seen.source_port >= FIRST_CLIENT_PORT > seen.destination_port:
            return False
        probed = self._probes.get(seen.destination, _key(sighting, is_reply=True))
        if probed is None or not 0 <= seen.at - probed.at < REPLY_NANOSECONDS:
            return False
        returned = seen.payload[:MAXIMUM_BYTES]
        if not probed.excusable or not any(
            returned in sent or sent in returned for sent in probed.payloads
        ):
            return False
        probed.excusable -= 1
        return True

    def _track(self, sighting: Sighting) -> None:
        seen = sighting.observation
        key = _key(sighting, is_reply=False)
        probed = self._probes.get(seen.source, key)
        if probed is None or seen.at - probed.at >= REPLY_NANOSECONDS:
            probed = _Probed(seen.at)
        sent = seen.payload[:MAXIMUM_BYTES]
        probed.at = max(probed.at, seen.at)
        if sent not in probed.payloads:
            probed.payloads = (*probed.payloads, sent)[-MAXIMUM_PAYLOADS:]
        probed.excusable = min(
            probed.excusable + REPLIES_PER_PROBE, REPLIES_PER_PROBE * MAXIMUM_PAYLOADS
        )
        self._probes.put(seen.source, key, probed, probed.at, REPLY_NANOSECONDS)


def _key(sighting: Sighting, *, is_reply: bool) -> int:
    """Return what a sighting has in common with those in replies to it, less the prober."""
    seen = sighting.observation
    if is_reply:
        prober, server = seen.destination_port, (seen.source, seen.source_port)
    else:
        prober, server = seen.source_port, (seen.destination, seen.destination_port)
    return hash((str(seen.transport), prober, *server, sighting.rule.id))
