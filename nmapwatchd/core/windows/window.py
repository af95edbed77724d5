"""A window is what we remember about one scanner while its scan goes on."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from nmapwatchd.core.alert import Action, Alert, EvidenceItem, Rule
from nmapwatchd.core.attribution.caveats import Caveat, implies_handshake, is_proxied
from nmapwatchd.core.matching.signature import Confidence
from nmapwatchd.core.observation import Observation
from nmapwatchd.core.sighting import Sighting
from nmapwatchd.core.windows.snapshot import Key, RuleInfo

_T = TypeVar("_T")

# Distinct targets, and ports, that a window remembers: a scan of a /8 costs no more than one of a
# /22. What comes after that is not counted as new.
MAXIMUM_TRACKED = 1024
# Targets, and ports, that an alert lists: more would not fit a syslog message beside the evidence.
MAXIMUM_LISTED = 32
# Quotes of evidence in an alert: enough to judge it, few enough to read.
MAXIMUM_EVIDENCE = 8
# Characters of a quoted value: a User-Agent or a SIP request line fits.
MAXIMUM_EVIDENCE_VALUE = 160

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
    score: int = 0
    sightings: int = 0
    last_alert_at: int | None = None
    reported: tuple[int, int, int] = (0, 0, 0)  # signatures, targets and decoys when we last spoke
    reported_sightings: int = 0
    alert_count: int = 0
    closed: bool = False  # whether the last alert reported that the scan was over
    source_confirmed: bool = False  # whether something of it did that is more than weak evidence
    source_conflict: bool = False  # whether several of those who share its packets had answers
    proxied: bool = False  # whether something of it says so
    # Signatures that earned points, with these; of no use once the window spoke, so not kept.
    earned: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    rules: dict[str, RuleInfo] = field(default_factory=dict)
    evidence: dict[str, EvidenceItem] = field(default_factory=dict)
    decoys: dict[str, None] = field(default_factory=dict)
    targets: dict[str, None] = field(default_factory=dict)
    ports: dict[int, None] = field(default_factory=dict)
    macs: dict[str, None] = field(default_factory=dict)
    vlans: dict[str, None] = field(default_factory=dict)
    interfaces: dict[str, None] = field(default_factory=dict)

    @property
    def opening_was_complete(self) -> bool:
        """Whether the opening alert, the only one so far, told every sighting."""
        return self.alert_count == 1 and self.is_fully_reported

    @property
    def is_fully_reported(self) -> bool:
        """Whether the last alert counted every sighting."""
        return self.reported_sightings == self.sightings

    @property
    def has_news(self) -> bool:
        """Whether a signature, a target or a decoy was seen that no alert has named."""
        return self._named != self.reported

    @property
    def has_unreported_decoys(self) -> bool:
        """Whether there are decoys, and nobody was told of any."""
        return bool(self.decoys) and not self.reported[-1]

    @property
    def _named(self) -> tuple[int, int, int]:
        return len(self.rules), len(self.targets), len(self.decoys)

    def add_score(self, worth: Mapping[str, int]) -> None:
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
            self.score += worth[best] - before
            self.earned[best] = worth[best]

    def add(self, sighting: Sighting) -> None:
        """Remember a sighting."""
        seen, rule = sighting.observation, sighting.signature
        self.last = max(self.last, seen.at)
        self.sightings += 1
        if rule.id not in self.rules:
            self.rules[rule.id] = RuleInfo(
                rule.id, rule.title, rule.source, rule.confidence, rule.options
            )
            if len(self.evidence) < MAXIMUM_EVIDENCE and sighting.evidence:
                name, value = sighting.evidence[0]
                self.evidence[rule.id] = EvidenceItem(rule.id, name, value[:MAXIMUM_EVIDENCE_VALUE])
        self.counts[rule.id] = self.counts.get(rule.id, 0) + 1
        # A weak mark is anybody's, also of one in whose name somebody else scans.
        if rule.confidence is not Confidence.WEAK and implies_handshake(seen):
            self._confirm_source(seen.source)
        self.proxied = self.proxied or is_proxied(seen)
        _track(self.targets, seen.destination)
        _track(self.ports, seen.destination_port)
        _track(self.interfaces, seen.interface)
        if seen.mac:
            _track(self.macs, seen.mac)
        for vlan in seen.vlans:
            _track(self.vlans, vlan)

    def add_decoy(self, address: str) -> None:
        """Remember another address in whose name the same packets came."""
        _track(self.decoys, address)

    def _confirm_source(self, address: str) -> None:
        """Name, of those that share packets, the only one that must have had answers."""
        if address in self.decoys:
            self.source_conflict = self.source_confirmed
            if not self.source_conflict:
                del self.decoys[address]
                self.decoys[self.source] = None
                self.source = address
        self.source_confirmed = True

    def to_alert(self, action: Action, at: int, closed_by: str = "") -> Alert:
        """Return the alert that says what is known now, and remember that it was reported."""
        self.last_alert_at = at
        self.reported = self._named
        self.reported_sightings = self.sightings
        self.alert_count += 1
        self.closed = bool(closed_by)
        rules = sorted(self.rules.values(), key=lambda rule: _RANK[rule.confidence])
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
                Rule(rule.id, rule.title, rule.source, rule.confidence, self.counts[rule.id])
                for rule in rules
            ),
            evidence=tuple(self.evidence[rule.id] for rule in rules if rule.id in self.evidence),
            options=tuple(dict.fromkeys(option for rule in rules for option in rule.options)),
            confidence=rules[0].confidence,
            sightings=self.sightings,
            expected=self.expected,
            closed_by=closed_by,
            caveats=self.caveats,
            decoys=decoys[:MAXIMUM_LISTED],
            decoys_omitted=max(0, len(decoys) - MAXIMUM_LISTED),
        )

    @property
    def caveats(self) -> tuple[str, ...]:
        """Return why the source may not be who scans."""
        is_certain = self.source_confirmed and not self.source_conflict
        forgeable = () if is_certain else (Caveat.SPOOFABLE.value,)
        return (*forgeable, Caveat.PROXIED.value) if self.proxied else forgeable

    @property
    def event_id(self) -> str:
        """Return a name that depends on nothing but the packets."""
        text = "\0".join((*self.key, str(self.first)))
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def _track(seen: dict[_T, None], value: _T) -> None:
    if len(seen) < MAXIMUM_TRACKED:
        seen[value] = None
