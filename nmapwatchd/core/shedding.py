"""
Shed the sources that overload the sensor, so that a flood of one source hides no other.

Nothing is shed as long as the candidates of all sources together are within what the sensor can
process: a reverse proxy or a monitoring server may send thousands a second. Beyond that the
heaviest source is *limited*: only frames pass that look like what nothing but nmap sends. So nobody
hides a scan by a flood in the scanner's name, except from signatures that need more than the first
bytes. A source that is still too much, because the kernel drops frames, is *blocked*. Both last for
a few seconds only, so that what follows a flood is inspected again.
"""

from collections import OrderedDict
from dataclasses import dataclass

from nmapwatchd.core.units import SECOND

# Nanoseconds of packet time over which candidates are counted: while they are processed, a flood at
# line rate fills the kernel's buffer.
SLOT = SECOND // 4
# Candidates of all sources in a slot; beyond that the heaviest one is shed. Ten thousand a second
# is a third of what a pipeline processes on one core (docs/benchmarks/results.md, candidates), so
# that a slower machine, or one with other work, has room.
CAPACITY = 2_500
# Candidates of one source in a slot that never shed it: a scan of a whole network sends some
# hundred a second, and of a flood from forged addresses none sends many.
MINIMUM_CANDIDATES = 300
# Candidates of a source in a slot that shed it again, if it was shed a moment ago: a flood that
# continues is recognised before it fills the kernel's buffer again.
REPEATED_CANDIDATES = 1_000
# Further candidates in a slot before the heaviest source is sought again.
STEP = 500
# Nanoseconds for which a source is shed; if it then overloads the sensor again, for twice as long,
# up to the maximum. A flood thus costs the processing of `REPEATED_CANDIDATES` in every so many
# seconds; and a scan after a flood is missed for no longer.
SHED_NANOSECONDS = 2 * SECOND
MAXIMUM_SHED_NANOSECONDS = 4 * SECOND
# Sources shed at a time; the first one is accepted again when another is added. Each costs the
# kernel filter one instruction, or eight with IPv6, for every packet.
MAXIMUM_SOURCES = 32
# Sources counted in a slot. When others send, all counts decrease (Misra and Gries 1982), so
# that a source with more than a thousandth of all candidates is counted, however many send.
MAXIMUM_COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class ShedSources:
    """
    The sources that are shed.

    Args:
        limited: of these only frames pass that look like what nothing but nmap sends.
        blocked: of these no frame passes.
    """

    limited: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.limited, *self.blocked)


NONE_SHED = ShedSources()


@dataclass(frozen=True, slots=True)
class Flood:
    """
    A source that was shed just now, or is blocked just now.

    Args:
        source: its address.
        since: packet time at which it was shed first, if it has been shed again and again.
        is_blocked: whether it is blocked, not limited.
    """

    source: str
    since: int
    is_blocked: bool


@dataclass(slots=True)
class _Shed:
    """
    A source that is or was shed.

    Args:
        since: packet time at which it was shed first, if it has been shed again and again.
        until: packet time at which it is accepted again.
        span: nanoseconds for which it is shed.
        is_blocked: whether it is blocked, not limited.
    """

    since: int
    until: int
    span: int
    is_blocked: bool = False


class Shedding:
    """Counts candidates by source, and keeps the sources that are shed."""

    def __init__(self) -> None:
        self._slot = 0
        self._counts: dict[str, int] = {}
        self._total = 0
        self._next_check = CAPACITY
        self._shed: OrderedDict[str, _Shed] = OrderedDict()
        self._history: OrderedDict[str, _Shed] = OrderedDict()

    @property
    def sources(self) -> ShedSources:
        """The sources that are shed."""
        return ShedSources(
            tuple(name for name, one in self._shed.items() if not one.is_blocked),
            tuple(name for name, one in self._shed.items() if one.is_blocked),
        )

    def count(self, source: str, at: int) -> str:
        """Count a candidate at a packet time; return the source to shed, or ''."""
        slot = at // SLOT
        if slot > self._slot:
            self._slot, self._total, self._next_check = slot, 0, CAPACITY
            self._counts.clear()
        counts = self._counts
        if source in counts or len(counts) < MAXIMUM_COUNTED:
            count = counts[source] = counts.get(source, 0) + 1
            if count > REPEATED_CANDIDATES and self._was_shed(source, at):
                self._total -= counts.pop(source) - 1
                return "" if source in self._shed else source
        else:
            self._counts = {name: count - 1 for name, count in counts.items() if count > 1}
        self._total += 1
        return "" if self._total <= self._next_check else self._heaviest()

    def _heaviest(self) -> str:
        """Return the source that has sent most in this slot, if that is too much, or ''."""
        heaviest = max(self._counts, key=self._counts.__getitem__, default="")
        count = self._counts.get(heaviest, 0)
        if count <= MINIMUM_CANDIDATES:
            self._next_check = self._total + STEP
            return ""
        self._total -= self._counts.pop(heaviest)
        self._next_check = max(CAPACITY, self._total + STEP)
        return heaviest

    def shed(self, source: str, at: int) -> Flood | None:
        """
        Limit a source from a packet time on; block it if it is limited.

        Returns:
            The flood; None if nothing changed, because it is blocked already.
        """
        now = self._shed.get(source)
        if now is not None:
            if now.is_blocked:
                return None
            now.is_blocked = True
            return Flood(source, now.since, is_blocked=True)
        repeated = self._was_shed(source, at)
        before = self._history.pop(source, None)
        since, span = at, SHED_NANOSECONDS
        if before is not None and repeated:
            since, span = before.since, min(2 * before.span, MAXIMUM_SHED_NANOSECONDS)
        self._shed[source] = self._history[source] = _Shed(since, at + span, span)
        for table in (self._shed, self._history):
            if len(table) > MAXIMUM_SOURCES:
                table.popitem(last=False)
        return Flood(source, since, is_blocked=False)

    def has_shed(self, source: str, start: int) -> bool:
        """Return whether a source was shed at or after a packet time, as far as that is known."""
        before = self._history.get(source)
        return before is not None and before.until > start

    def _was_shed(self, source: str, at: int) -> bool:
        """Return whether a source was shed no longer ago than it was shed for."""
        before = self._history.get(source)
        return before is not None and at - before.until < before.span

    def rewind(self, now: int) -> None:
        """Accept all sources from `now` on, because the clock was set back to it."""
        for one in self._shed.values():
            one.until = now
        self._history.clear()
        self._slot = 0

    def expire(self, now: int) -> bool:
        """Accept again the sources whose time is over; return whether there were any."""
        expired = [source for source, one in self._shed.items() if one.until <= now]
        for source in expired:
            del self._shed[source]
        return bool(expired)
