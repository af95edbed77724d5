"""
A bounded table whose entries belong to sources, so that a flood evicts its own entries first.

Anyone on the network can fill a table by sending in many names, or much in one. What such a flood
must not do is to evict the entries of a scanner that sends a packet now and then. So a full table
evicts what is most likely the flood's:

1. of a source with more entries than its budget, the oldest one: a flood in one name. Below the
   ceiling the budget does not apply, so a flood in the name of a scanner has to fill the table
   before it evicts an entry of that scanner;
2. the oldest source of which only one packet has come, if such sources take more than half of the
   table: a flood from forged addresses. A scanner stores again with its next packet, and is then
   no longer among these;
3. the oldest entry of the source that has been idle for longest.

An entry that has outlived its use is removed without being counted as evicted.
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# Entries that one packet can store at most: one for each signature that it satisfies.
MAXIMUM_AT_ONCE = 8


class SourceTable(Generic[K, V]):
    """
    Values by source and key.

    Args:
        maximum: entries, at least 1; beyond that one is evicted for each that is added.
        budget: entries of one source, at most, that are evicted no earlier than those of others.
    """

    def __init__(self, maximum: int, budget: int) -> None:
        self._maximum, self._budget = maximum, budget
        # Of sources that stored at one packet time only: that time, and their entries. A table of
        # its own for each would take three times the memory.
        self._once: OrderedDict[str, tuple[int, tuple[tuple[K, V], ...]]] = OrderedDict()
        # Of others: entries with the packet time at which each was stored last, oldest first.
        self._active: OrderedDict[str, OrderedDict[K, tuple[int, V]]] = OrderedDict()
        self._over_budget: set[str] = set()
        self._once_size = self._active_size = 0  # entries
        self.evictions = 0

    def __len__(self) -> int:
        return self._once_size + self._active_size

    def get(self, source: str, key: K) -> V | None:
        """Return the value that a source stored under a key, or None."""
        entries = self._active.get(source)
        if entries is not None:
            found = entries.get(key)
            return None if found is None else found[1]
        first = self._once.get(source)
        if first is not None:
            for stored, value in first[1]:
                if stored == key:
                    return value
        return None

    def put(self, source: str, key: K, value: V, at: int, lifetime: int) -> None:
        """
        Store a value, as the latest of its source; evict others if the table is full.

        Args:
            source: an address.
            key: identifies the entry among those of the source.
            value: what to store.
            at: packet time.
            lifetime: nanoseconds after which an entry is of no use.
        """
        entries = self._active.get(source)
        if entries is None:
            before, first = self._once.pop(source, (at, ()))
            self._once_size -= len(first)
            if before == at and len(first) < MAXIMUM_AT_ONCE:
                first = (*(entry for entry in first if entry[0] != key), (key, value))
                self._once[source] = (at, first)
                self._once_size += len(first)
                self._shrink(at - lifetime)
                return
            entries = OrderedDict((name, (before, one)) for name, one in first)
            self._active[source] = entries
            self._active_size += len(first)
        self._active.move_to_end(source)
        self._active_size += key not in entries
        entries[key] = (at, value)
        entries.move_to_end(key)
        if len(entries) > self._budget:
            self._over_budget.add(source)
        self._shrink(at - lifetime)

    def clear(self) -> None:
        """Remove all entries, because the clock was set back."""
        self._once.clear()
        self._active.clear()
        self._over_budget.clear()
        self._once_size = self._active_size = 0

    def _shrink(self, limit: int) -> None:
        """Remove entries stored before packet time `limit`, then evict what exceeds the ceiling."""
        while self._once and next(iter(self._once.values()))[0] < limit:
            self._pop_once()
        self._expire_active(limit)
        while (size := len(self)) > self._maximum:
            if self._over_budget:
                self._pop_oldest(max(self._over_budget, key=lambda name: len(self._active[name])))
            elif 2 * self._once_size > self._maximum or not self._active:
                self._pop_once()
            else:
                self._pop_oldest(next(iter(self._active)))
            self.evictions += size - len(self)

    def _expire_active(self, limit: int) -> None:
        """Remove the old entries of the latest source, and of the sources idle for longest."""
        if self._active:
            latest = next(reversed(self._active))
            while latest in self._active and next(iter(self._active[latest].values()))[0] < limit:
                self._pop_oldest(latest)
        while self._active:
            idle, entries = next(iter(self._active.items()))
            if next(reversed(entries.values()))[0] >= limit:
                break
            self._over_budget.discard(idle)
            self._active_size -= len(entries)
            del self._active[idle]

    def _pop_once(self) -> None:
        _, (_, entries) = self._once.popitem(last=False)
        self._once_size -= len(entries)

    def _pop_oldest(self, source: str) -> None:
        entries = self._active[source]
        entries.popitem(last=False)
        self._active_size -= 1
        if len(entries) <= self._budget:
            self._over_budget.discard(source)
        if not entries:
            del self._active[source]
