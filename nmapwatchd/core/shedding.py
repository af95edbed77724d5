"""Shedding: a source that sends too much is passed over for a while, so that it hides nobody."""

from collections import OrderedDict

SECOND = 1_000_000_000  # nanoseconds

# Candidates of one source within a second of packet time, beyond which it is passed over. A scan of
# a whole network sends some hundred; all sources together, a tenth of what a core can look at.
MAXIMUM_CANDIDATES = 300
# Nanoseconds for which a source is passed over; then it is looked at again, and if it still sends
# too much passed over for twice as long, up to the longest. A flood is thus seen for some
# milliseconds in every so many seconds; the longest is shorter than a window, so that a scan that
# goes on is one scan.
PASS_OVER = 5 * SECOND
LONGEST_PASS_OVER = 20 * SECOND
# Sources passed over at once, of which the first goes when another comes: each costs the kernel's
# filter an instruction, or eight with IPv6, for every packet.
MAXIMUM_SOURCES = 32
# Sources counted within a second; a flood of forged ones is not one source's.
MAXIMUM_COUNTED = 10_000


class Shedding:
    """Counts candidates by source, and remembers who is passed over until when."""

    def __init__(self) -> None:
        self._second = 0
        self._counts: dict[str, int] = {}
        self._until: OrderedDict[str, int] = OrderedDict()
        self._before: OrderedDict[str, tuple[int, int]] = OrderedDict()  # until when, how long

    @property
    def sources(self) -> tuple[str, ...]:
        """Who is passed over."""
        return tuple(self._until)

    def saw(self, source: str, at: int) -> bool:
        """Count a candidate at a packet time; tell whether its source sends too much."""
        second = at // SECOND
        if second != self._second:
            self._second = second
            self._counts.clear()
        if source in self._counts or len(self._counts) < MAXIMUM_COUNTED:
            self._counts[source] = self._counts.get(source, 0) + 1
        return self._counts.get(source, 0) > MAXIMUM_CANDIDATES

    def shed(self, source: str, at: int) -> bool:
        """Pass a source over from now on; tell whether it was not already."""
        if source in self._until:
            return False
        until, span = self._before.pop(source, (0, 0))
        again = span and at - until < span
        span = min(2 * span, LONGEST_PASS_OVER) if again else PASS_OVER
        self._until[source] = at + span
        self._before[source] = (at + span, span)
        for table in (self._until, self._before):
            if len(table) > MAXIMUM_SOURCES:
                table.popitem(last=False)
        return True

    def rewind(self, now: int) -> None:
        """Forget whom to pass over, because the clock was set back to packet time `now`."""
        self._until = OrderedDict((source, now) for source in self._until)
        self._before.clear()

    def expire(self, now: int) -> bool:
        """Look again at those whose time is over; tell whether there were any."""
        over = [source for source, until in self._until.items() if until <= now]
        for source in over:
            del self._until[source]
        return bool(over)
