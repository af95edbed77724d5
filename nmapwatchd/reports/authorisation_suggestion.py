"""
Propose an authorisation for what has been scanning regularly.

A proposal is as narrow as what was seen: its addresses, targets, signatures and hours. A person
decides whether it is legitimate. Memory is bounded: of each scanner, sums and sets with a ceiling
are kept; a scanner that was seen once is evicted before one that comes back.
"""

import json
import re
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_address, ip_network
from itertools import chain, pairwise
from statistics import median
from textwrap import wrap
from zoneinfo import ZoneInfo

from nmapwatchd.core.attribution.allowlist import DAYS, Allowlist
from nmapwatchd.core.attribution.caveats import Caveat
from nmapwatchd.core.units import SECOND
from nmapwatchd.reports.record import MessageRecord

# Scans below which nothing is regular: three intervals can be compared.
MINIMUM_SCANS = 4
# Scanners that are tracked; a network has some dozens that come back.
MAXIMUM_SCANNERS = 1000
# Scans of a scanner whose times are kept, the latest; a tracker scans 720 times a day.
MAXIMUM_SCANS = 1024
# Targets, and signatures, of a scanner that are kept.
MAXIMUM_TRACKED = 256
# Targets that are listed one by one; beyond, the networks that contain them.
_LISTED_TARGETS = 16
# Length of the prefix of those, by version of IP: the usual ones of a link.
_PREFIX = {4: 24, 6: 64}
# Signatures that are listed by id; beyond, their families.
_LISTED_SIGNATURES = 12
# Share of the intervals that must be between half and twice their median.
_REGULAR_SHARE = 0.75
# Hours of the day within which scans of different days are regular, whatever their intervals.
_DAILY_SLOTS = 6 * 4
# Hours of the day that are all of them: what pauses for less has no hours.
_ALL_DAY_SLOTS = 22 * 4
# Characters of a line of an entry.
_WIDTH = 98
# Days with a scan below which hours are chance, and days of history below which weekdays are.
_MINIMUM_DAYS = 3
_WEEKDAYS_AFTER = timedelta(days=14)
_VALID_FOR = timedelta(days=365)

_SLOT = timedelta(minutes=15)
_DAY_SLOTS = 24 * 4
_WEEK_SLOTS = 7 * _DAY_SLOTS
_RULE = re.compile(r"[a-z0-9][a-z0-9_-]*\.[a-z0-9._-]+")
_MAC = re.compile(r"[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}")


@dataclass(slots=True)
class Scanner:
    """
    What one scanner has done.

    Args:
        source: its address.
        mac: its own MAC address; '' if it is not known, or there were several.
        first: the start of its first scan.
        last: the end of its latest one.
        count: the number of its scans.
        scans: start of the latest scans, by id.
        targets: addresses that it scanned.
        rules: the ids of signatures that it showed.
        slots: quarters of an hour of a week in which it scanned, from Monday on.
        dates: days on which it did.
        severity: the greatest of its messages.
        is_spoofable: whether the source of any scan was not proven.
        is_incomplete: whether there were targets or signatures that are not known.
    """

    source: str
    mac: str
    first: datetime
    last: datetime
    count: int = 0
    scans: OrderedDict[str, datetime] = field(default_factory=OrderedDict)
    targets: dict[str, None] = field(default_factory=dict)
    rules: dict[str, None] = field(default_factory=dict)
    slots: set[int] = field(default_factory=set)
    dates: set[int] = field(default_factory=set)
    severity: int = 0
    is_spoofable: bool = False
    is_incomplete: bool = False

    def add(self, record: MessageRecord, start: datetime, end: datetime, zone: ZoneInfo) -> None:
        """Add a message about one of its scans."""
        if record.scan_id not in self.scans:
            self.count += 1
            self.scans[record.scan_id] = start
            if len(self.scans) > MAXIMUM_SCANS:
                self.scans.popitem(last=False)
        self.first, self.last = min(self.first, start), max(self.last, end)
        self.severity = max(self.severity, record.severity)
        self.is_spoofable = self.is_spoofable or Caveat.SPOOFABLE in record.caveats
        self._add_names(record)
        moment = start
        for _ in range(_WEEK_SLOTS):
            self._add_time(moment, zone)
            if moment >= end:
                break
            moment = min(moment + _SLOT, end)

    def _add_names(self, record: MessageRecord) -> None:
        for target in filter(None, map(plain_address, record.targets)):
            self.targets[target] = None
        for rule in record.rules:
            if _RULE.fullmatch(rule.id):
                self.rules[rule.id] = None
        self.is_incomplete = self.is_incomplete or record.target_count > len(record.targets)
        for names in (self.targets, self.rules):
            while len(names) > MAXIMUM_TRACKED:
                names.popitem()
                self.is_incomplete = True

    def _add_time(self, moment: datetime, zone: ZoneInfo) -> None:
        local = moment.astimezone(zone)
        slot = (local.hour * 60 + local.minute) // 15
        self.slots.add(local.weekday() * _DAY_SLOTS + slot)
        self.dates.add(local.toordinal())

    @property
    def intervals(self) -> list[float]:
        """The seconds between the starts of its latest scans."""
        return [
            (later - one).total_seconds() for one, later in pairwise(sorted(self.scans.values()))
        ]

    @property
    def is_regular(self) -> bool:
        """Whether it scans at similar intervals, or on several days at the same time."""
        if self.count < MINIMUM_SCANS:
            return False
        intervals = self.intervals
        usual = median(intervals)
        alike = sum(usual / 2 <= interval <= usual * 2 for interval in intervals)
        if usual > 0 and alike >= _REGULAR_SHARE * len(intervals):
            return True
        _, length = _arc({slot % _DAY_SLOTS for slot in self.slots}, _DAY_SLOTS)
        return len(self.dates) >= MINIMUM_SCANS and length <= _DAILY_SLOTS


class Suggestions:
    """
    Collects scanners from messages.

    Args:
        zone: the time zone of the hours that are proposed.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        # Those with one scan, and the others; the one that was idle for longest first.
        self._once: OrderedDict[str, Scanner] = OrderedDict()
        self._repeated: OrderedDict[str, Scanner] = OrderedDict()
        self.evicted = 0
        self.with_decoys = 0  # messages whose scanner is one of several addresses

    def add(self, record: MessageRecord) -> None:
        """Add a message about a scan."""
        source = plain_address(record.source)
        start, end = _time(record.start), _time(record.end)
        if not record.is_scan or record.expected or not (source and start and end):
            return
        if record.decoys:
            self.with_decoys += 1
            return
        mac = _own_mac(record)
        scanner = self._once.pop(source, None) or self._repeated.pop(source, None)
        if scanner is None:
            scanner = Scanner(source, mac, start, end)
        elif scanner.mac != mac:
            scanner.mac = ""
        scanner.add(record, start, max(start, end), self._zone)
        (self._repeated if scanner.count > 1 else self._once)[source] = scanner
        while len(self._once) + len(self._repeated) > MAXIMUM_SCANNERS:
            (self._once or self._repeated).popitem(last=False)
            self.evicted += 1

    @property
    def irregular(self) -> int:
        """The number of scanners that are not regular."""
        return sum(not one.is_regular for one in self._all())

    def regular(self, allowlist: Allowlist) -> list[Scanner]:
        """Return those that are regular and not covered already, the most frequent first."""
        found = [
            one
            for one in self._all()
            if one.is_regular and one.targets and one.rules and not _is_covered(one, allowlist)
        ]
        return sorted(found, key=lambda one: -one.count)

    def entry(self, scanner: Scanner) -> str:
        """Return the proposed entry as TOML, with comments."""
        lines = [
            f"# {line}" for remark in self._remarks(scanner) for line in wrap(remark, _WIDTH - 2)
        ]
        lines += [
            "[[authorised]]",
            f"name = {_toml(f'{scanner.source} regularly')}",
            'reason = "WHO SCANS, AND WHY"',
            f"from = {_toml(scanner.source)}",
        ]
        if scanner.mac:
            lines.append(f"mac = {_toml(scanner.mac)}")
        lines.append(_listed("targets", _targets(scanner)))
        lines.append(_listed("signatures", _signatures(scanner)))
        if hours := self._hours(scanner):
            lines.append(f"hours = {_toml(hours)}")
        lines.append(f"until = {(scanner.last + _VALID_FOR).astimezone(UTC):%Y-%m-%d}")
        return "\n".join(lines) + "\n"

    def _all(self) -> Iterator[Scanner]:
        return chain(self._once.values(), self._repeated.values())

    def _remarks(self, scanner: Scanner) -> Iterator[str]:
        first, last = scanner.first.astimezone(self._zone), scanner.last.astimezone(self._zone)
        yield (
            f"{scanner.source}: {scanner.count} scans from {first:%Y-%m-%d %H:%M} to "
            f"{last:%Y-%m-%d %H:%M} {self._zone.key}, usually every "
            f"{_duration(median(scanner.intervals))}, of severity {scanner.severity} at most."
        )
        if scanner.is_spoofable:
            yield "Its address is not proven: the entry covers whoever forges it."
        if not scanner.mac:
            yield "Its own MAC address is not known, so the entry does not require one."
        if len(scanner.targets) > _LISTED_TARGETS:
            yield f"The targets are the networks of {len(scanner.targets)} addresses."
        if len(scanner.rules) > _LISTED_SIGNATURES:
            yield f"The signatures are the families of {len(scanner.rules)}."
        if scanner.is_incomplete:
            yield "There were more targets or signatures than the messages list."
        if len(scanner.dates) < _MINIMUM_DAYS:
            yield f"Seen on fewer than {_MINIMUM_DAYS} days, so the entry covers all hours."

    def _hours(self, scanner: Scanner) -> str:
        """Return the hours in which it scanned, or '' if these are all."""
        if len(scanner.dates) < _MINIMUM_DAYS:
            return ""
        start, length = _arc({slot % _DAY_SLOTS for slot in scanner.slots}, _DAY_SLOTS)
        if length >= _ALL_DAY_SLOTS:
            start, length = 0, _DAY_SLOTS
        end = (start + length) % _DAY_SLOTS
        # What is after midnight belongs to the day on which the span began.
        days = {
            (slot // _DAY_SLOTS - (end <= start and slot % _DAY_SLOTS < end)) % len(DAYS)
            for slot in scanner.slots
        }
        first, count = _arc(days, len(DAYS))
        if scanner.last - scanner.first < _WEEKDAYS_AFTER:
            first, count = 0, len(DAYS)
        if count == len(DAYS) and length == _DAY_SLOTS:
            return ""
        named = DAYS[first] if count == 1 else f"{DAYS[first]}-{DAYS[(first + count - 1) % 7]}"
        prefix = "" if count == len(DAYS) else f"{named} "
        return f"{prefix}{_clock(start)}-{_clock(end)} {self._zone.key}"


def plain_address(text: str) -> str:
    """Return an IP address in its usual form, or '' for anything else."""
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    return "" if getattr(address, "scope_id", None) else str(address)


def _own_mac(record: MessageRecord) -> str:
    # Over IPv6, only raw packets show that they are from the link.
    if (
        ":" in record.source
        or not record.on_link
        or len(record.macs) != 1
        or not _MAC.fullmatch(record.macs[0])
    ):
        return ""
    return record.macs[0].lower().replace("-", ":")


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _arc(used: set[int], size: int) -> tuple[int, int]:
    """
    Return start and length of the shortest arc of a circle that has all used places.

    Args:
        used: places, at least one.
        size: the number of places of the circle.
    """
    places = sorted(used)
    gaps = [
        ((after - before - 1) % size, after)
        for before, after in zip(places, (*places[1:], places[0]), strict=True)
    ]
    if len(places) == 1:
        return places[0], 1
    gap, start = max(gaps)
    return (start, size - gap) if gap else (0, size)


def _clock(slot: int) -> str:
    return f"{slot // 4:02}:{slot % 4 * 15:02}"


def _targets(scanner: Scanner) -> list[str]:
    """Return the targets, or the networks that contain them if they are too many to list."""
    networks: list[IPv4Network | IPv6Network] = [ip_network(one) for one in scanner.targets]
    if len(networks) > _LISTED_TARGETS:
        networks = [one.supernet(new_prefix=_PREFIX[one.version]) for one in networks]
    found: list[IPv4Network | IPv6Network] = [
        *collapse_addresses(one for one in networks if isinstance(one, IPv4Network)),
        *collapse_addresses(one for one in networks if isinstance(one, IPv6Network)),
    ]
    return [str(one).removesuffix(f"/{one.max_prefixlen}") for one in found]


def _signatures(scanner: Scanner) -> list[str]:
    """Return the ids of the signatures, or their families if they are too many to list."""
    if len(scanner.rules) <= _LISTED_SIGNATURES:
        return sorted(scanner.rules)
    return sorted({f"{rule.partition('.')[0]}.*" for rule in scanner.rules})


def _is_covered(scanner: Scanner, allowlist: Allowlist) -> bool:
    """Return whether the allowlist covers, by now, all that the scanner did."""
    at = int(scanner.last.timestamp()) * SECOND
    return all(
        allowlist.authorisation_for(
            scanner.source, at, mac=scanner.mac, target=target, signature=rule
        )
        for target in scanner.targets
        for rule in scanner.rules
    )


def _toml(value: str) -> str:
    """Return ASCII text as TOML."""
    return json.dumps(value)


def _listed(key: str, values: Sequence[str]) -> str:
    """Return a key with a list as TOML."""
    text = ", ".join(map(_toml, values))
    if len(text) <= _WIDTH - len(f"{key} = []"):
        return f"{key} = [{text}]"
    lines = wrap(text, _WIDTH - 4, break_long_words=False, break_on_hyphens=False)
    return "\n".join([f"{key} = [", *(f"    {line}" for line in lines), "]"])


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{seconds:.0f} s"
    if minutes < 120:
        return f"{minutes} min"
    return f"{round(minutes / 60)} h"
