"""Decoys are addresses of others in whose names a scanner sends each of its packets as well."""

from collections import OrderedDict
from typing import TypeVar

from nmapwatchd.core.observation import Observation

# Packets, and addresses, remembered. nmap takes 128 decoys and sends a packet for each of them at
# once, so that these are dozens of scanners.
MAXIMUM_REMEMBERED = 8192
# Nanoseconds within which a packet is sent in every name: nmap's loop takes far less.
DECOY_BURST_NANOSECONDS = 1_000_000_000

_Key = TypeVar("_Key")


class Decoys:
    """Remembers in whose name each packet came first, and who shares packets with whom."""

    def __init__(self) -> None:
        self._packets: OrderedDict[tuple[str, int], tuple[str, int]] = OrderedDict()
        self._names: OrderedDict[str, tuple[str, int]] = OrderedDict()

    def name(self, seen: Observation, span: int) -> str:
        """
        Return the address that stands for all in whose names a scanner sends: that of its first.

        Packets of decoys leave from one hardware address and differ in their source and TTL alone
        (nmap's scan_engine_raw.cc, sendIPScanProbe).

        Args:
            seen: what a signature held for.
            span: nanoseconds for which one that shared a packet is taken for a decoy, or for who
                hides behind them, with what else it sends.
        """
        packet = (seen.mac, seen.content_hash)
        name = (
            _fresh(self._names, seen.source, seen.at, span)
            or (
                seen.content_hash
                and _fresh(self._packets, packet, seen.at, DECOY_BURST_NANOSECONDS)
            )
            or seen.source
        )
        if name != seen.source:
            _remember(self._names, seen.source, (name, seen.at))
        _remember(self._packets, packet, (name, seen.at))
        return name


def _fresh(table: OrderedDict[_Key, tuple[str, int]], key: _Key, at: int, span: int) -> str:
    name, before = table.get(key, ("", 0))
    return name if abs(at - before) <= span else ""


def _remember(table: OrderedDict[_Key, tuple[str, int]], key: _Key, value: tuple[str, int]) -> None:
    table[key] = value
    table.move_to_end(key)
    if len(table) > MAXIMUM_REMEMBERED:
        table.popitem(last=False)
