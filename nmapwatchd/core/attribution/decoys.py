"""Group a scanner with the decoy addresses that it spoofs."""

from collections import OrderedDict
from typing import TypeVar

from nmapwatchd.core.observation import Observation
from nmapwatchd.core.units import SECOND

# Packets tracked, and addresses. nmap takes up to 128 decoys and sends each packet in all their
# names in one burst, so this is enough for dozens of scanners.
MAXIMUM_TRACKED = 8192
# Nanoseconds within which nmap sends a packet in the name of every decoy; its loop takes far less.
DECOY_BURST_NANOSECONDS = SECOND

_Key = TypeVar("_Key")


class Decoys:
    """Tracks which address sent each packet first, and which addresses sent the same packets."""

    def __init__(self) -> None:
        self._packets: OrderedDict[tuple[str, int], tuple[str, int]] = OrderedDict()
        self._addresses: OrderedDict[str, tuple[str, int]] = OrderedDict()
        self.evicted = 0  # packets and addresses that could still have grouped another

    def canonical_source(self, seen: Observation, span: int, only_weak: bool = False) -> str:
        """
        Return the address that stands for a scanner and its decoys: the first that sent a packet.

        Packets of decoys leave from one MAC address and differ in source address and TTL only
        (nmap's scan_engine_raw.cc, sendIPScanProbe). A packet that others than nmap send groups
        nobody: a scanner who copies a host's packet would have his scan reported as that host's.

        Args:
            seen: an observation that a rule matched.
            span: nanoseconds for which an address that sent the same packet as another one stays
                grouped with it, counted from its latest packet.
            only_weak: whether only weak rules matched it.
        """
        packet = (seen.mac, seen.content_hash)
        is_comparable = bool(seen.content_hash) and not only_weak
        canonical = _recent(self._addresses, seen.source, seen.at, span)
        if not canonical and is_comparable:
            canonical = _recent(self._packets, packet, seen.at, DECOY_BURST_NANOSECONDS)
        canonical = canonical or seen.source
        if canonical != seen.source:
            self.evicted += _track(self._addresses, seen.source, (canonical, seen.at), span)
        if is_comparable:
            self.evicted += _track(
                self._packets, packet, (canonical, seen.at), DECOY_BURST_NANOSECONDS
            )
        return canonical


def _recent(table: OrderedDict[_Key, tuple[str, int]], key: _Key, at: int, span: int) -> str:
    """Return the address stored for a key at most `span` nanoseconds ago, or ''."""
    canonical, before = table.get(key, ("", 0))
    return canonical if abs(at - before) <= span else ""


def _track(
    table: OrderedDict[_Key, tuple[str, int]], key: _Key, value: tuple[str, int], span: int
) -> bool:
    """
    Store a value; beyond the ceiling, evict the least recently stored one.

    Returns:
        Whether the evicted one was at most `span` nanoseconds old.
    """
    table[key] = value
    table.move_to_end(key)
    if len(table) <= MAXIMUM_TRACKED:
        return False
    _, (_, at) = table.popitem(last=False)
    return value[1] - at <= span
