"""The allowlist knows the authorised scanners and their hours."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from ipaddress import IPv4Network, IPv6Network, ip_address
from zoneinfo import ZoneInfo

Network = IPv4Network | IPv6Network

NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Hours:
    """
    A weekly span of time, which may cross midnight.

    Args:
        days: weekdays on which it begins, Monday is 0.
        start: local time at which it begins.
        end: local time at which it ends; not after `start` means on the next day.
        zone: the time zone of both.
    """

    days: frozenset[int]
    start: time
    end: time
    zone: ZoneInfo

    def cover(self, moment: datetime) -> bool:
        """Tell whether a moment lies in the span."""
        local = moment.astimezone(self.zone)
        clock = local.time()
        today, yesterday = local.weekday(), (local.weekday() - 1) % 7
        if self.start < self.end:
            return today in self.days and self.start <= clock < self.end
        return (today in self.days and clock >= self.start) or (
            yesterday in self.days and clock < self.end
        )


@dataclass(frozen=True, slots=True)
class Authorisation:
    """
    A scanner that is allowed to scan.

    Args:
        name: what the operator calls it.
        networks: the addresses it scans from.
        hours: when it may; None means always.
        until: the last day, in UTC, on which it may; None means for ever.
    """

    name: str
    networks: tuple[Network, ...]
    hours: Hours | None = None
    until: date | None = None


class Allowlist:
    """Answers whether a sighting of a scanner was expected."""

    def __init__(self, authorisations: tuple[Authorisation, ...] = ()) -> None:
        self._authorisations = authorisations

    def authorisation_for(self, source: str, at: int) -> str:
        """Return the name of the authorisation that covers a source at a packet time, or ''."""
        if not self._authorisations:
            return ""
        address = ip_address(source)
        moment = datetime.fromtimestamp(at / NANOSECONDS, UTC)
        for entry in self._authorisations:
            if entry.until is not None and moment.date() > entry.until:
                continue
            if entry.hours is not None and not entry.hours.cover(moment):
                continue
            if any(
                address in network
                for network in entry.networks
                if network.version == address.version
            ):
                return entry.name
        return ""
