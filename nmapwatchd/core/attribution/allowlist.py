"""
The allowlist: what is authorised, by scanner, time, target and signature.

An entry covers a hit, one signature in one packet, if it meets every condition that the entry has.
So the hits of one packet may be covered in part: those count for the authorised scan, the others
for a scan that is alerted. Of several entries that cover a hit, the first one counts.

Addresses and MAC addresses can be forged. What an entry covers is logged as expected, never
dropped.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from fnmatch import fnmatchcase
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import NamedTuple
from zoneinfo import ZoneInfo

from nmapwatchd.core.sighting import Sighting
from nmapwatchd.core.units import SECOND

Network = IPv4Network | IPv6Network

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

# Addresses, and senders, of which what follows is cached (LRU); only those with a hit are.
_MAXIMUM_CACHED = 4096


@dataclass(frozen=True, slots=True)
class Hours:
    """
    A weekly time span, which may cross midnight.

    Args:
        days: the consecutive weekdays on which it starts; Monday is 0.
        start: the local time at which it starts.
        end: the local time at which it ends; on the next day if not after `start`.
        zone: the time zone of both.
    """

    days: frozenset[int]
    start: time
    end: time
    zone: ZoneInfo

    def __str__(self) -> str:
        """Return the span as the configuration file writes it."""
        days = sorted(self.days)
        # The first day is the one after a gap: Sat-Mon is the days 5, 6 and 0.
        first = next((day for day in days if (day - 1) % 7 not in self.days), 0)
        last = (first + len(days) - 1) % 7
        named = DAYS[first] if len(days) == 1 else f"{DAYS[first]}-{DAYS[last]}"
        prefix = f"{named} " if len(days) < len(DAYS) else ""
        return f"{prefix}{self.start:%H:%M}-{self.end:%H:%M} {self.zone.key}"

    def cover(self, moment: datetime) -> bool:
        """Return whether a time lies in the span; its start does, its end does not."""
        local = moment.astimezone(self.zone)
        clock = local.time()
        today, yesterday = local.weekday(), (local.weekday() - 1) % 7
        if self.start < self.end:
            return today in self.days and self.start <= clock < self.end
        return (today in self.days and clock >= self.start) or (
            yesterday in self.days and clock < self.end
        )


class Hit(NamedTuple):
    """
    A signature in a packet, as the allowlist sees it.

    Args:
        source: the address that sent it.
        at: packet time, nanoseconds since the epoch.
        mac: the sender's own MAC address, in lower case with colons; '' if it is not known, as
            behind a router; None for any.
        target: the address that it was sent to; None for any.
        signature: the signature's id; None for any.
    """

    source: str
    at: int
    mac: str | None = None
    target: str | None = None
    signature: str | None = None


class Coverage(NamedTuple):
    """
    Which authorisation covers a hit, or which one does nearly.

    Args:
        expected: the name of the authorisation that covers it, or ''.
        near: the name of the one that nearly does, or ''; it is for this address or MAC address.
        because: why that one does not.
    """

    expected: str = ""
    near: str = ""
    because: str = ""


NOT_COVERED = Coverage()


@dataclass(frozen=True, slots=True)
class Authorisation:
    """
    Permission to scan; a condition that is empty is met by everything.

    Args:
        name: the operator's name for it.
        networks: the networks that may scan.
        hours: the hours in which they may; None means always.
        until: the last day, in UTC, on which they may; None means no limit.
        macs: the scanners' own MAC addresses, in lower case with colons.
        targets: the networks that may be scanned.
        signatures: patterns, as of `fnmatch`, of the ids of signatures that may be used.
        reason: why it exists, for people.
    """

    name: str
    networks: tuple[Network, ...] = ()
    hours: Hours | None = None
    until: date | None = None
    macs: frozenset[str] = frozenset()
    targets: tuple[Network, ...] = ()
    signatures: tuple[str, ...] = ()
    reason: str = ""

    def concerns(self, source: str, mac: str) -> bool:
        """Return whether it is for this address or this MAC address."""
        return mac in self.macs or _is_in(source, self.networks)

    def mismatches(self, hit: Hit) -> Iterator[str]:
        """Yield each condition that a hit does not meet, as a phrase."""
        if self.networks and not _is_in(hit.source, self.networks):
            yield f"address {hit.source} is not among its addresses"
        if self.macs and hit.mac is not None and hit.mac not in self.macs:
            if hit.mac:
                mac = hit.mac.upper().replace(":", "-")  # as ECS writes it, and so each message
                yield f"MAC address {mac} is not among its MAC addresses"
            else:
                yield "MAC address unknown, as behind a router"
        moment = datetime.fromtimestamp(hit.at / SECOND, UTC)
        if self.until is not None and moment.date() > self.until:
            yield f"authorised until {self.until}"
        if self.hours is not None and not self.hours.cover(moment):
            yield f"outside of its hours {self.hours}"
        if self.targets and hit.target is not None and not _is_in(hit.target, self.targets):
            yield f"target {hit.target} is not among its targets"
        if self.signatures and hit.signature is not None and not self._has(hit.signature):
            yield f"signature {hit.signature} is not among its signatures"

    def _has(self, signature: str) -> bool:
        return any(fnmatchcase(signature, pattern) for pattern in self.signatures)


@dataclass(slots=True)
class Usage:
    """
    How an authorisation was used while the service ran.

    Args:
        since: when the service first had it, nanoseconds since the epoch.
        scans: scans of it that were reported as expected, each once.
        last: packet time of the last sighting that a report of them had; 0 if there was none.
    """

    since: int
    scans: int = 0
    last: int = 0


class Allowlist:
    """
    The authorisations, in the order of the configuration file.

    Args:
        authorisations: the entries.
    """

    def __init__(self, authorisations: tuple[Authorisation, ...] = ()) -> None:
        self.authorisations = authorisations
        # Few senders have an entry, and hits of the others must cost next to nothing.
        self._entries_for = lru_cache(_MAXIMUM_CACHED)(self._find_entries)

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each entry; several entries may have the same."""
        return tuple(entry.name for entry in self.authorisations)

    def split(self, sightings: Sequence[Sighting]) -> list[tuple[Coverage, Sequence[Sighting]]]:
        """
        Group the sightings in one observation by the authorisation that covers them.

        Args:
            sightings: all sightings in it, at least one.
        """
        seen = sightings[0].observation
        if not (self.authorisations and self._entries_for(seen.source, seen.mac)):
            return [(NOT_COVERED, sightings)]
        groups: dict[str, tuple[Coverage, list[Sighting]]] = {}
        for sighting in sightings:
            # Behind a router, the MAC address is the router's.
            mac = seen.mac if sighting.on_link else ""
            hit = Hit(seen.source, seen.at, mac, seen.destination, sighting.rule.id)
            coverage = self._coverage(self._entries_for(seen.source, seen.mac), hit)
            groups.setdefault(coverage.expected, (coverage, []))[1].append(sighting)
        return list(groups.values())

    def coverage(self, hit: Hit) -> Coverage:
        """Return which authorisation covers a hit, or which one nearly does and why not."""
        return self._coverage(self._entries_for(hit.source, hit.mac or ""), hit)

    def authorisation_for(
        self,
        source: str,
        at: int,
        *,
        mac: str | None = None,
        target: str | None = None,
        signature: str | None = None,
    ) -> str:
        """Return the name of the authorisation that covers a hit, or ''; as `coverage` does."""
        return self.coverage(Hit(source, at, mac, target, signature)).expected

    def _coverage(self, entries: Sequence[Authorisation], hit: Hit) -> Coverage:
        nearest: tuple[str, list[str]] | None = None
        for entry in entries:
            mismatches = list(entry.mismatches(hit))
            if not mismatches:
                return Coverage(entry.name)
            if nearest is None or len(mismatches) < len(nearest[1]):
                nearest = entry.name, mismatches
        return Coverage("", nearest[0], "; ".join(nearest[1])) if nearest else NOT_COVERED

    def _find_entries(self, source: str, mac: str) -> tuple[Authorisation, ...]:
        return tuple(entry for entry in self.authorisations if entry.concerns(source, mac))


_address = lru_cache(_MAXIMUM_CACHED)(ip_address)


def _is_in(address: str, networks: Sequence[Network]) -> bool:
    parsed = _address(address)
    return any(parsed in network for network in networks if network.version == parsed.version)
