"""The allowlist: authorised scanners, by source and time."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from ipaddress import IPv4Network, IPv6Network, ip_address
from zoneinfo import ZoneInfo

from nmapwatchd.core.units import SECOND

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Hours:
    """
    A weekly time span, which may cross midnight.

    Args:
        days: the weekdays on which it starts; Monday is 0.
        start: the local time at which it starts.
        end: the local time at which it ends; on the next day if not after `start`.
        zone: the time zone of both.
    """

    days: frozenset[int]
    start: time
    end: time
    zone: ZoneInfo

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


@dataclass(frozen=True, slots=True)
class Authorisation:
    """
    Permission to scan.

    Args:
        name: the operator's name for it.
        networks: the networks that may scan.
        hours: the hours in which they may; None means always.
        until: the last day, in UTC, on which they may; None means no limit.
    """

    name: str
    networks: tuple[Network, ...]
    hours: Hours | None = None
    until: date | None = None


class Allowlist:
    """Authorised scanners, by source and time."""

    def __init__(self, authorisations: tuple[Authorisation, ...] = ()) -> None:
        self._authorisations = authorisations

    def authorisation_for(self, source: str, at: int) -> str:
        """Return the name of the first authorisation that covers a source at a packet time, or ''.

        Args:
            source: an IP address.
            at: packet time, nanoseconds since the epoch.
        """
        if not self._authorisations:
            return ""
        address = ip_address(source)
        moment = datetime.fromtimestamp(at / SECOND, UTC)
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
