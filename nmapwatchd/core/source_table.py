"""
A bounded table whose entries belong to sources, so that a flood evicts its own entries first.

Anyone on the network can fill a table by sending in many names, or much in one. What such a flood
must not do is to evict the entries of a scanner that sends a packet now and then. So a full table
evicts what is most likely the flood's:

1. of a source with more entries than its budget, the oldest one: a flood in one name. Below the
   ceiling the budget does not apply, so a flood in the name of a scanner has to fill the table
   before it evicts an entry of that scanner;
2. the oldest source that stored only once, if such sources take more than half of the table: a
   flood from forged addresses. A scanner stores again with its next packet, and is then no longer
   among these;
3. the oldest entry of the source that has been idle for longest.

An entry that has outlived its use is removed without being counted as evicted.
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SourceTable(Generic[K, V]):
    """
    Values by source and key.

    Args:
        maximum: entries, at least 1; beyond that one is evicted for each that is added.
        budget: entries of one source, at most, that are evicted no earlier than those of others.
    """

    def __init__(self, maximum: int, budget: int) -> None:
        self._maximum, self._budget = maximum, budget
        # Each entry is a packet time and a value; the oldest is the first. Most sources of a flood
        # store once: for these a table of their own entries would take five times the memory.
        self._once: OrderedDict[str, tuple[K, tuple[int, V]]] = OrderedDict()
        self._active: OrderedDict[str, OrderedDict[K, tuple[int, V]]] = OrderedDict()
        self._over_budget: set[str] = set()
        self._size = 0
        self.evictions = 0

    def __len__(self) -> int:
        return self._size

    def get(self, source: str, key: K) -> V | None:
        """Return the value that a source stored under a key, or None."""
        entries = self._active.get(source)
        if entries is not None:
            found = entries.get(key)
            return None if found is None else found[1]
        single = self._once.get(source)
        return single[1][1] if single is not None and single[0] == key else None

    def put(self, source: str, key: K, value: V, at: int, lifetime: int) -> None:
        """
        Store a value, as the latest of its source; evict another one if the table is full.

        Args:
            source: an address.
            key: identifies the entry among those of the source.
            value: what to store.
            at: packet time.
            lifetime: nanoseconds after which an entry is of no use.
        """
        entries = self._active.get(source)
        if entries is None:
            single = self._once.pop(source, None)
            if single is None:
                self._once[source] = (key, (at, value))
                self._size += 1
                self._shrink(at - lifetime)
                return
            entries = self._active[source] = OrderedDict([single])
        self._active.move_to_end(source)
        self._size += key not in entries
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
        self._size = 0

    def _shrink(self, limit: int) -> None:
        """Remove entries stored before packet time `limit`, then evict what exceeds the ceiling."""
        while self._once and next(iter(self._once.values()))[1][0] < limit:
            self._once.popitem(last=False)
            self._size -= 1
        self._expire_active(limit)
        while self._size > self._maximum:
            self.evictions += 1
            if self._over_budget:
                self._pop_oldest(max(self._over_budget, key=lambda name: len(self._active[name])))
            elif 2 * len(self._once) > self._maximum or not self._active:
                self._once.popitem(last=False)
                self._size -= 1
            else:
                self._pop_oldest(next(iter(self._active)))

    def _expire_active(self, limit: int) -> None:
        """Remove the old entries of the latest source, and of the sources idle for longest."""
        if self._active:
            latest = next(reversed(self._active))
            while next(iter(self._active[latest].values()))[0] < limit:
                self._pop_oldest(latest)
                if latest not in self._active:
                    break
        while self._active:
            idle, entries = next(iter(self._active.items()))
            if next(reversed(entries.values()))[0] >= limit:
                break
            self._over_budget.discard(idle)
            self._size -= len(entries)
            del self._active[idle]

    def _pop_oldest(self, source: str) -> None:
        entries = self._active[source]
        entries.popitem(last=False)
        self._size -= 1
        if len(entries) <= self._budget:
            self._over_budget.discard(source)
        if not entries:
            del self._active[source]
