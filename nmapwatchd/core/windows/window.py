"""A window is what we remember about one scanner while its scan goes on."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from nmapwatchd.core.alert import Action, Alert, Quote, Rule
from nmapwatchd.core.attribution.caveats import Doubt, is_relayed, needs_answers
from nmapwatchd.core.matching.signature import Confidence
from nmapwatchd.core.observation import Observation
from nmapwatchd.core.sighting import Sighting
from nmapwatchd.core.windows.snapshot import Key, Mark

_T = TypeVar("_T")

# Distinct targets, and ports, that a window remembers: a scan of a /8 costs no more than one of a
# /22. What comes after that is not counted as new.
MAXIMUM_REMEMBERED = 1024
# Targets, and ports, that an alert lists: more would not fit a syslog message beside the evidence.
MAXIMUM_LISTED = 32
# Quotes of evidence in an alert: enough to judge it, few enough to read.
MAXIMUM_QUOTES = 8
# Characters of a quoted value: a User-Agent or a SIP request line fits.
MAXIMUM_QUOTE = 160

# What windows can be keyed by.
KEYS: dict[str, Callable[[Observation], str]] = {
    "source": lambda o: o.source,
    "destination": lambda o: o.destination,
    "destination_port": lambda o: str(o.destination_port),
    "interface": lambda o: o.interface,
    "mac": lambda o: o.mac,
    "vlan": lambda o: ",".join(o.vlans),
}

_RANK = {Confidence.EXCLUSIVE: 0, Confidence.STRONG: 1, Confidence.WEAK: 2}


@dataclass(slots=True)
class Window:
    """
    One scanner's sightings since it was silent for the last time.

    Args:
        key: what tells this scanner from others.
        expected: the authorisation that covers it, or ''.
        source: who is named: of those that share packets, who must have had answers, or the first.
        first: packet time of the first sighting, nanoseconds since the epoch.
    """

    key: Key
    expected: str
    source: str
    first: int
    last: int
    points: int = 0
    sightings: int = 0
    said_at: int | None = None
    said: tuple[int, int, int] = (0, 0, 0)  # signatures, targets and decoys when we last spoke
    said_sightings: int = 0
    times_said: int = 0
    closed: bool = False  # whether the last alert said that the scan was over
    needed_answers: bool = False  # whether something of it did that is more than weak evidence
    disputed: bool = False  # whether several of those who share its packets had answers
    relayed: bool = False  # whether something of it says so
    # Signatures that earned points, with these; of no use once the window spoke, so not kept.
    earned: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    rows: dict[str, Mark] = field(default_factory=dict)
    quotes: dict[str, Quote] = field(default_factory=dict)
    decoys: dict[str, None] = field(default_factory=dict)
    targets: dict[str, None] = field(default_factory=dict)
    ports: dict[int, None] = field(default_factory=dict)
    macs: dict[str, None] = field(default_factory=dict)
    vlans: dict[str, None] = field(default_factory=dict)
    interfaces: dict[str, None] = field(default_factory=dict)

    @property
    def said_everything_at_once(self) -> bool:
        """Whether the opening alert, the only one so far, told every sighting."""
        return self.times_said == 1 and self.says_nothing_new

    @property
    def says_nothing_new(self) -> bool:
        """Whether the last alert counted every sighting."""
        return self.said_sightings == self.sightings

    @property
    def has_news(self) -> bool:
        """Whether a signature, a target or a decoy was seen that no alert has named."""
        return self._seen != self.said

    @property
    def has_unsaid_decoys(self) -> bool:
        """Whether there are decoys, and nobody was told of any."""
        return bool(self.decoys) and not self.said[-1]

    @property
    def _seen(self) -> tuple[int, int, int]:
        return len(self.rows), len(self.targets), len(self.decoys)

    def weigh(self, worth: Mapping[str, int]) -> None:
        """
        Add what one observation is worth beyond what was counted before.

        One message is one piece of evidence, however many signatures describe it: it counts for
        its most telling one, less what another of them earned already.

        Args:
            worth: the points of the signatures that held for it.
        """
        before = max((self.earned.get(name, 0) for name in worth), default=0)
        best = max(worth, key=worth.__getitem__)
        if worth[best] > before:
            self.points += worth[best] - before
            self.earned[best] = worth[best]

    def add(self, sighting: Sighting) -> None:
        """Remember a sighting."""
        seen, row = sighting.observation, sighting.signature
        self.last = max(self.last, seen.at)
        self.sightings += 1
        if row.id not in self.rows:
            self.rows[row.id] = Mark(row.id, row.title, row.source, row.confidence, row.sent_by)
            if len(self.quotes) < MAXIMUM_QUOTES and sighting.evidence:
                name, value = sighting.evidence[0]
                self.quotes[row.id] = Quote(row.id, name, value[:MAXIMUM_QUOTE])
        self.counts[row.id] = self.counts.get(row.id, 0) + 1
        # A weak mark is anybody's, also of one in whose name somebody else scans.
        if row.confidence is not Confidence.WEAK and needs_answers(seen):
            self._hear_answered(seen.source)
        self.relayed = self.relayed or is_relayed(seen)
        _remember(self.targets, seen.destination)
        _remember(self.ports, seen.destination_port)
        _remember(self.interfaces, seen.interface)
        if seen.mac:
            _remember(self.macs, seen.mac)
        for vlan in seen.vlans:
            _remember(self.vlans, vlan)

    def add_decoy(self, address: str) -> None:
        """Remember another address in whose name the same packets came."""
        _remember(self.decoys, address)

    def _hear_answered(self, address: str) -> None:
        """Name, of those that share packets, the only one that must have had answers."""
        if address in self.decoys:
            self.disputed = self.needed_answers
            if not self.disputed:
                del self.decoys[address]
                self.decoys[self.source] = None
                self.source = address
        self.needed_answers = True

    def say(self, action: Action, at: int, closed_by: str = "") -> Alert:
        """Return the alert that says what is known now, and remember that it was said."""
        self.said_at = at
        self.said = self._seen
        self.said_sightings = self.sightings
        self.times_said += 1
        self.closed = bool(closed_by)
        rows = sorted(self.rows.values(), key=lambda row: _RANK[row.confidence])
        decoys, targets, ports = tuple(self.decoys), tuple(self.targets), tuple(self.ports)
        return Alert(
            action=Action.SCAN_EXPECTED if self.expected else action,
            event_id=self.event_id,
            at=at,
            start=self.first,
            end=self.last,
            source=self.source,
            macs=tuple(self.macs)[:MAXIMUM_LISTED],
            vlans=tuple(self.vlans)[:MAXIMUM_LISTED],
            interfaces=tuple(self.interfaces),
            targets=targets[:MAXIMUM_LISTED],
            targets_omitted=max(0, len(targets) - MAXIMUM_LISTED),
            ports=ports[:MAXIMUM_LISTED],
            ports_omitted=max(0, len(ports) - MAXIMUM_LISTED),
            rules=tuple(
                Rule(row.id, row.title, row.source, row.confidence, self.counts[row.id])
                for row in rows
            ),
            quotes=tuple(self.quotes[row.id] for row in rows if row.id in self.quotes),
            sent_by=tuple(dict.fromkeys(option for row in rows for option in row.sent_by)),
            confidence=rows[0].confidence,
            sightings=self.sightings,
            expected=self.expected,
            closed_by=closed_by,
            doubts=self.doubts,
            decoys=decoys[:MAXIMUM_LISTED],
            decoys_omitted=max(0, len(decoys) - MAXIMUM_LISTED),
        )

    @property
    def doubts(self) -> tuple[str, ...]:
        """Return why the source may not be who scans."""
        is_certain = self.needed_answers and not self.disputed
        forgeable = () if is_certain else (Doubt.FORGEABLE.value,)
        return (*forgeable, Doubt.RELAYED.value) if self.relayed else forgeable

    @property
    def event_id(self) -> str:
        """Return a name that depends on nothing but the packets."""
        text = "\0".join((*self.key, str(self.first)))
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def _remember(seen: dict[_T, None], value: _T) -> None:
    if len(seen) < MAXIMUM_REMEMBERED:
        seen[value] = None
