"""Track connections over which HTTP clients send content, which a third party may have written."""

from collections.abc import Sequence
from dataclasses import replace

from nmapwatchd.core.attribution.caveats import has_foreign_header
from nmapwatchd.core.observation import Observation, Transport
from nmapwatchd.core.sighting import Sighting
from nmapwatchd.core.source_table import SourceTable
from nmapwatchd.core.units import SECOND

# Connections tracked, and those of one source in a flood: a network has fewer uploads at a time.
MAXIMUM_UPLOADS, BUDGET = 8192, 1024
# Nanoseconds after the head of a request, or after what was last sighted in its body, within which
# a segment is taken for its content.
UPLOAD_NANOSECONDS = 300 * SECOND
# The first four bytes of the methods that have content (RFC 9110, 9.3; RFC 5789).
_METHODS = frozenset({b"POST", b"PUT ", b"PATC"})

# Source port, destination address and port.
_Connection = tuple[int, str, int]


class Uploads:
    """
    Recognises segments that continue a request of a web browser or an HTTP library.

    A segment of an upload can begin with any bytes, a request in nmap's form included. That the
    connection began with headers that nmap does not send shows that it is none.
    """

    def __init__(self) -> None:
        # With the packet time of the latest head or sighting.
        self._connections = SourceTable[_Connection, int](MAXIMUM_UPLOADS, BUDGET)

    @property
    def evictions(self) -> int:
        """The number of connections that were evicted before their time was over."""
        return self._connections.evictions

    def learn(self, seen: Observation) -> None:
        """Learn from any observation whether its connection is an upload."""
        if seen.payload[:4] in _METHODS and seen.transport is Transport.TCP:
            head, _, _ = seen.payload.partition(b"\r\n\r\n")
            if has_foreign_header(head):
                self._put(seen)

    def marked(self, sightings: Sequence[Sighting]) -> Sequence[Sighting]:
        """
        Return sightings whose observation says whether it continues an upload.

        Args:
            sightings: all sightings in one observation, at least one.
        """
        seen = sightings[0].observation
        at = self._connections.get(seen.source, _connection(seen))
        if at is None or not 0 <= seen.at - at < UPLOAD_NANOSECONDS:
            return sightings
        self._put(seen)
        continued = replace(seen, continues_upload=True)
        return [one._replace(observation=continued) for one in sightings]

    def _put(self, seen: Observation) -> None:
        self._connections.put(seen.source, _connection(seen), seen.at, seen.at, UPLOAD_NANOSECONDS)


def _connection(seen: Observation) -> _Connection:
    return seen.source_port, seen.destination, seen.destination_port
