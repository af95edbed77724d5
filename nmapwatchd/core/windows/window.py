"""A window: one scan, from its first sighting until its source has been idle for long enough."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from nmapwatchd.core.alert import Action, Alert, EvidenceItem, Rule
from nmapwatchd.core.attribution.caveats import Caveat, implies_handshake, is_proxied
from nmapwatchd.core.observation import Observation
from nmapwatchd.core.rule import Confidence
from nmapwatchd.core.sighting import Sighting
from nmapwatchd.core.windows.record import WindowRecord

_T = TypeVar("_T")

# Distinct targets, ports and so on that a window stores: a scan of a /8 costs no more than one of a
# /22. Further ones are neither counted nor reported as new.
MAXIMUM_TRACKED = 1024
# Targets, ports and so on that an alert lists: more would not fit a syslog message beside the
# evidence.
MAXIMUM_LISTED = 32
# Evidence items in an alert: enough to judge it, few enough to read.
MAXIMUM_EVIDENCE = 8
# Characters of an evidence value: a User-Agent or a SIP request line fits.
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
    One scan.

    Args:
        record: what is known of it.
        earned: the score that each rule has added; not needed, hence not saved, after the first
            alert.
    """

    record: WindowRecord
    earned: dict[str, int] = field(default_factory=dict)

    @property
    def opening_was_complete(self) -> bool:
        """Whether the opening alert is the only one so far and counted every sighting."""
        return self.record.alert_count == 1 and self.is_fully_reported

    @property
    def is_fully_reported(self) -> bool:
        """Whether the last alert counted every sighting."""
        return self.record.reported_sightings == self.record.sightings

    @property
    def has_news(self) -> bool:
        """Whether there is a rule, a target or a decoy that no alert has counted."""
        return self._reportable != self.record.reported

    @property
    def has_unreported_decoys(self) -> bool:
        """Whether there are decoys, and no alert has named any."""
        return bool(self.record.decoys) and not self.record.reported[-1]

    @property
    def _reportable(self) -> tuple[int, int, int]:
        return len(self.record.rules), len(self.record.targets), len(self.record.decoys)

    def add_score(self, scores: Mapping[str, int]) -> None:
        """
        Add what one observation adds to the score.

        One message is one piece of evidence, however many rules describe it: it counts as much as
        the highest of them, less what another one of them has earned before.

        Args:
            scores: the scores of the rules that matched it, by id.
        """
        before = max((self.earned.get(name, 0) for name in scores), default=0)
        best = max(scores, key=scores.__getitem__)
        if scores[best] > before:
            self.record.score += scores[best] - before
            self.earned[best] = scores[best]

    def add(self, *sightings: Sighting) -> None:
        """Record the sightings in one observation, at least one."""
        record, seen = self.record, sightings[0].observation
        record.last = max(record.last, seen.at)
        record.sightings += len(sightings)
        only_weak = True
        for sighting in sightings:
            rule = sighting.rule
            if rule.id not in record.rules:
                self._add_rule(sighting)
            record.counts[rule.id] = record.counts.get(rule.id, 0) + 1
            only_weak = only_weak and rule.confidence is Confidence.WEAK
        # Any software sends what a weak rule matches, also a host whose address is spoofed.
        if not only_weak and implies_handshake(seen):
            self._confirm_source(seen.source)
        record.proxied = record.proxied or is_proxied(seen)
        _track(record.targets, seen.destination)
        _track(record.ports, seen.destination_port)
        _track(record.transports, str(seen.transport))
        if seen.source_port:
            _track(record.source_ports, seen.source_port)
        _track(record.interfaces, seen.interface)
        if seen.mac:
            _track(record.macs, seen.mac)
        for vlan in seen.vlans:
            _track(record.vlans, vlan)
        record.untunnelled = record.untunnelled or not (seen.outer or only_weak)
        for tunnel in seen.outer:
            _track(record.outer, tunnel)

    def _add_rule(self, sighting: Sighting) -> None:
        """Record a rule on its first sighting, with evidence of it."""
        evidence, rule = self.record.evidence, sighting.rule
        self.record.rules[rule.id] = rule
        if len(evidence) < MAXIMUM_EVIDENCE and sighting.evidence:
            name, value = sighting.evidence[0]
            evidence[rule.id] = EvidenceItem(rule.id, name, value[:MAXIMUM_EVIDENCE_VALUE])

    def add_decoy(self, address: str) -> None:
        """Record another address that sent the same packets."""
        _track(self.record.decoys, address)

    def _confirm_source(self, address: str) -> None:
        """Report, of addresses that share packets, the only one with an implied handshake."""
        record = self.record
        if address in record.decoys:
            record.source_conflict = record.source_confirmed
            if not record.source_conflict:
                del record.decoys[address]
                record.decoys[record.source] = None
                record.source = address
        record.source_confirmed = True

    def to_alert(self, action: Action, at: int, closed_by: str = "") -> Alert:
        """Return an alert about what is known now, and record that it was reported."""
        record = self.record
        record.last_alert_at = at
        record.reported = self._reportable
        record.reported_sightings = record.sightings
        record.alert_count += 1
        record.closed = bool(closed_by)
        rules = sorted(record.rules.values(), key=lambda rule: _RANK[rule.confidence])
        decoys, targets = tuple(record.decoys), tuple(record.targets)
        ports, source_ports = tuple(record.ports), tuple(record.source_ports)
        return Alert(
            action=Action.SCAN_EXPECTED if record.expected else action,
            scan_id=record.scan_id,
            identity=record.identity,
            at=at,
            start=record.first,
            end=record.last,
            source=record.source,
            macs=tuple(record.macs)[:MAXIMUM_LISTED],
            vlans=tuple(record.vlans)[:MAXIMUM_LISTED],
            interfaces=tuple(record.interfaces),
            targets=targets[:MAXIMUM_LISTED],
            targets_omitted=max(0, len(targets) - MAXIMUM_LISTED),
            ports=ports[:MAXIMUM_LISTED],
            ports_omitted=max(0, len(ports) - MAXIMUM_LISTED),
            transports=tuple(record.transports),
            source_ports=source_ports[:MAXIMUM_LISTED],
            source_ports_omitted=max(0, len(source_ports) - MAXIMUM_LISTED),
            rules=tuple(
                Rule(rule.id, rule.title, rule.reference, rule.confidence, record.counts[rule.id])
                for rule in rules
            ),
            evidence=tuple(record.evidence[r.id] for r in rules if r.id in record.evidence),
            options=tuple(dict.fromkeys(option for rule in rules for option in rule.options)),
            tool=rules[0].tool,
            techniques=tuple(dict.fromkeys(name for rule in rules for name in rule.techniques)),
            confidence=rules[0].confidence,
            sightings=record.sightings,
            expected=record.expected,
            closed_by=closed_by,
            caveats=self.caveats,
            decoys=decoys[:MAXIMUM_LISTED],
            decoys_omitted=max(0, len(decoys) - MAXIMUM_LISTED),
            targets_truncated=len(targets) >= MAXIMUM_TRACKED,
            outer=tuple(record.outer)[:MAXIMUM_LISTED],
        )

    @property
    def caveats(self) -> tuple[str, ...]:
        """Return the reasons why the source may not be the scanner."""
        is_certain = self.record.source_confirmed and not self.record.source_conflict
        applies = {
            Caveat.SPOOFABLE: not is_certain,
            Caveat.TUNNELLED: bool(self.record.outer) and not self.record.untunnelled,
            Caveat.PROXIED: self.record.proxied,
        }
        return tuple(caveat.value for caveat, is_true in applies.items() if is_true)


def _track(values: dict[_T, None], value: _T) -> None:
    """Store a distinct value, up to the ceiling."""
    if len(values) < MAXIMUM_TRACKED:
        values[value] = None
