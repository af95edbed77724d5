"""Shed sources that exceed their rate, so that a flood of one source hides no other."""

from collections import OrderedDict

from nmapwatchd.core.units import SECOND

# Candidates of one source within a second of packet time; beyond that the source is shed. A scan of
# a whole network sends some hundred; all sources together, a tenth of what one core can process.
MAXIMUM_CANDIDATES = 300
# Nanoseconds for which a source is shed; if it still exceeds its rate afterwards, it is shed for
# twice as long, up to the maximum. A flood is thus processed for some milliseconds in every so many
# seconds; the maximum is shorter than a window, so a scan that continues remains one scan.
SHED_NANOSECONDS = 5 * SECOND
MAXIMUM_SHED_NANOSECONDS = 20 * SECOND
# Sources shed at a time; the first one is accepted again when another is added. Each costs the
# kernel filter one instruction, or eight with IPv6, for every packet.
MAXIMUM_SOURCES = 32
# Sources counted within a second; a flood of spoofed sources is not one source's.
MAXIMUM_COUNTED = 10_000


class Shedding:
    """Counts candidates by source, and keeps the sources that are shed."""

    def __init__(self) -> None:
        self._second = 0
        self._counts: dict[str, int] = {}
        # Packet time at which each shed source is accepted again.
        self._until: OrderedDict[str, int] = OrderedDict()
        # The same of sources that are or were shed, and for how long they are or were.
        self._history: OrderedDict[str, tuple[int, int]] = OrderedDict()

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources that are shed."""
        return tuple(self._until)

    def count(self, source: str, at: int) -> bool:
        """Count a candidate at a packet time; return whether its source exceeds its rate."""
        second = at // SECOND
        if second != self._second:
            self._second = second
            self._counts.clear()
        if source in self._counts or len(self._counts) < MAXIMUM_COUNTED:
            self._counts[source] = self._counts.get(source, 0) + 1
        return self._counts.get(source, 0) > MAXIMUM_CANDIDATES

    def shed(self, source: str, at: int) -> bool:
        """Shed a source from a packet time on; return False if it already is shed."""
        if source in self._until:
            return False
        until, span = self._history.pop(source, (0, 0))
        repeated = span and at - until < span
        span = min(2 * span, MAXIMUM_SHED_NANOSECONDS) if repeated else SHED_NANOSECONDS
        self._until[source] = at + span
        self._history[source] = (at + span, span)
        for table in (self._until, self._history):
            if len(table) > MAXIMUM_SOURCES:
                table.popitem(last=False)
        return True

    def rewind(self, now: int) -> None:
        """Accept all sources from `now` on, because the clock was set back to it."""
        self._until = OrderedDict((source, now) for source in self._until)
        self._history.clear()

    def expire(self, now: int) -> bool:
        """Accept again the sources whose time is over; return whether there were any."""
        expired = [source for source, until in self._until.items() if until <= now]
        for source in expired:
            del self._until[source]
        return bool(expired)
