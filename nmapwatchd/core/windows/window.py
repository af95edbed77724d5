"""A window: one scan, from its first sighting until its source has been idle for long enough."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, TypeVar

from nmapwatchd.core.alert import Action, Alert, EvidenceItem, Rule
from nmapwatchd.core.attribution.caveats import (
    Caveat,
    implies_handshake,
    is_proxied,
    is_relayable,
)
from nmapwatchd.core.explanation import Activity, Explanation, Extent, explain
from nmapwatchd.core.observation import Observation, Values
from nmapwatchd.core.rule import CERTAINTY, Confidence
from nmapwatchd.core.severity import FEW_PACKETS, MANY_HOSTS, Level, level
from nmapwatchd.core.sighting import Sighting
from nmapwatchd.core.windows.evidence import Evidence
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

# Text in a value, as strings(1) finds it, and the number of characters from which on it tells a
# person no more than a longer one: a name and a word.
_TEXT = re.compile(r"[A-Za-z][ -~]{3,}")
_TELLING_LENGTH = 12
_ONLY_TEXT = re.compile(r"[\t\r\n -~]*")
# Values of evidence of which it is cached how much they tell (LRU).
_MAXIMUM_CACHED = 4096
# Fields that say nothing as evidence, because every alert has them.
_LISTED_FIELDS = frozenset({"transport", "source_port", "destination_port"})

# What windows can be keyed by.
KEYS: dict[str, Callable[[Observation], str]] = {
    "source": lambda o: o.source,
    "destination": lambda o: o.destination,
    "destination_port": lambda o: str(o.destination_port),
    "interface": lambda o: o.interface,
    "mac": lambda o: o.mac,
    "vlan": lambda o: ",".join(o.vlans),
}

# Alerts of a window that are sent at once, beyond which a changed verdict waits: each part of it
# changes once or twice, so a scan does not reach this. A raised severity needs no limit, since a
# scan reaches each level once.
MAXIMUM_CORRECTIONS = 12

# Rules up to which a scan is explained again with each further one, to find whether it became more
# severe: nearly all scans have fewer. Beyond, it is when a quarter was added, so that nobody can
# keep the sensor busy with explanations.
PROMPTLY_EXPLAINED = 32


class _Explained(NamedTuple):
    """An explanation, and the numbers of sightings and rules that it is of."""

    sightings: int
    rules: int
    explanation: Explanation


_NOT_EXPLAINED = _Explained(0, 0, Explanation(()))


@dataclass(slots=True)
class Window:
    """
    One scan.

    Args:
        record: what is known of it.
        evidence: what its score consists of; not needed, hence not saved, after the first alert.
        has_handshake: whether one was implied by any sighting, a weak one included.
        folded_in: whether a handshake was implied when it was counted in the summary of a flood;
            None if it was not counted.
        region: in which the table has it.
        judged: what verdict and severity followed from when they were last compared; None to
            compare them again.
        explained: the latest explanation.
    """

    record: WindowRecord
    evidence: Evidence = field(default_factory=Evidence)
    has_handshake: bool = False
    folded_in: bool | None = None
    region: int | None = None
    judged: tuple[int | bool, ...] | None = None
    explained: _Explained = _NOT_EXPLAINED

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
    def has_joined(self) -> bool:
        """Whether an address joined those that send the same packets, and no alert counted it."""
        return len(self.record.decoys) > self.record.reported[-1]

    @property
    def explanation(self) -> Explanation:
        """What accounts for the sightings; the same as long as there is no further one."""
        if self.explained.sightings != self.record.sightings:
            self._explain()
        return self.explained.explanation

    def _explain(self) -> None:
        record = self.record
        has_all_ports = len(record.ports) < MAXIMUM_TRACKED
        extent = Extent(record.counts, record.ports, len(record.targets), has_all_ports)
        explanation = explain(record.rules, extent)
        self.explained = _Explained(record.sightings, len(record.rules), explanation)

    def _level(self, activity: Activity, caveats: Values) -> Level:
        record = self.record
        return level(activity, caveats, len(record.targets), record.packets, record.expected)

    @property
    def verdict(self) -> Values:
        """Who the scanner is, and how certain that is: a change of it does not wait."""
        return self._verdict(self.caveats)

    def _verdict(self, caveats: Values) -> Values:
        verdict = (self.record.source, *caveats)
        for rule in self.record.rules.values():
            if rule.confidence is not Confidence.WEAK:
                return verdict
        return (*verdict, Confidence.WEAK.value)

    @property
    def needs_correction(self) -> bool:
        """Whether the last alert gave another verdict or less severity; to be asked each time."""
        record = self.record
        # All that these follow from; as long as it is the same, there is nothing to compare.
        facts = (
            len(record.rules), record.source_confirmed, record.source_conflict, record.proxied,
            record.originated, record.untunnelled, record.packets > FEW_PACKETS,
            len(record.targets) >= MANY_HOSTS,
        )  # fmt: skip
        if facts == self.judged:
            return False
        self.judged = facts
        caveats = self.caveats
        is_changed = record.reported_verdict != self._verdict(caveats)
        return (is_changed and record.corrections < MAXIMUM_CORRECTIONS) or self._is_raised(caveats)

    def _is_raised(self, caveats: Values) -> bool:
        """Return whether the scan is more severe than in any alert, without explaining often."""
        reported, rules = self.record.reported_level, len(self.record.rules)
        if self._level(Activity.INTRUSIVE, caveats) <= reported:  # whatever it does
            return False
        if rules <= PROMPTLY_EXPLAINED or rules * 4 >= self.explained.rules * 5:
            explanation = self.explanation
        else:
            explanation = self.explained.explanation
        return self._level(explanation.activity, caveats) > reported

    @property
    def _reportable(self) -> tuple[int, int, int]:
        return len(self.record.rules), len(self.record.targets), len(self.record.decoys)

    def add_score(self, sightings: Sequence[Sighting], scores: Mapping[Confidence, int]) -> int:
        """
        Add what one observation adds to the score, until the first alert.

        Args:
            sightings: all sightings in the observation, at least one.
            scores: the score of a sighting, by confidence.

        Returns:
            How many destinations were evicted for it.
        """
        evicted = self.evidence.evicted
        strong: dict[str, int] = {}
        weak: dict[str, int] = {}
        for sighting in sightings:
            rule = sighting.rule
            found = weak if rule.confidence is Confidence.WEAK else strong
            found[rule.id] = scores[rule.confidence]
        self.evidence.add(sightings[0].observation.destination, strong, weak)
        self.record.score = self.evidence.score
        return self.evidence.evicted - evicted

    def add(self, *sightings: Sighting) -> None:
        """Record the sightings in one observation, at least one."""
        record, seen = self.record, sightings[0].observation
        record.last = max(record.last, seen.at)
        record.sightings += len(sightings)
        record.packets += 1
        record.on_link = record.on_link or sightings[0].on_link
        only_weak = True
        for sighting in sightings:
            self._count(sighting)
            only_weak = only_weak and sighting.rule.confidence is Confidence.WEAK
        has_handshake = implies_handshake(seen)
        self.has_handshake = self.has_handshake or has_handshake
        # Any software sends what a weak rule matches, also a host whose address is spoofed.
        if not only_weak:
            record.originated = record.originated or not is_relayable(seen)
            record.untunnelled = record.untunnelled or not seen.outer
            if has_handshake:
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
        for tunnel in seen.outer:
            _track(record.outer, tunnel)

    def _count(self, sighting: Sighting) -> None:
        """Count a sighting of a rule, which is as certain as the most certain of its sightings."""
        record, rule = self.record, sighting.rule
        known = record.rules.get(rule.id)
        if known is None:
            self._add_rule(sighting)
        elif CERTAINTY[rule.confidence] > CERTAINTY[known.confidence]:
            record.rules[rule.id] = rule
            self.judged = None
        record.counts[rule.id] = record.counts.get(rule.id, 0) + 1

    def _add_rule(self, sighting: Sighting) -> None:
        """Record a rule on its first sighting, with evidence of it."""
        evidence, rule = self.record.evidence, sighting.rule
        self.record.rules[rule.id] = rule
        if not sighting.evidence:
            return
        items = [
            EvidenceItem(rule.id, name, value[:MAXIMUM_EVIDENCE_VALUE])
            for name, value in sighting.evidence
        ]
        evidence[rule.id] = max(items, key=self._telling)
        if len(evidence) > MAXIMUM_EVIDENCE:
            del evidence[min(reversed(evidence), key=lambda name: self._telling(evidence[name]))]

    def _telling(self, item: EvidenceItem) -> tuple[int, int]:
        """Return how much an item tells a person: by its certainty, then text before numbers."""
        rule = self.record.rules[item.rule]
        return CERTAINTY[rule.confidence], _telling(item.field, item.value, rule.tool)

    def add_decoy(self, address: str) -> None:
        """Record another address that sent the same packets."""
        _track(self.record.decoys, address)

    def _confirm_source(self, address: str) -> None:
        """Report, of addresses that share packets, the only one with an implied handshake."""
        record = self.record
        if address != record.source and record.source_confirmed:
            record.source_conflict = True
            self._list_first(address)
        elif address != record.source:
            record.decoys.pop(address, None)
            self._list_first(record.source)
            record.source = address
            record.near_authorisation = record.not_covered_because = ""
        record.source_confirmed = True

    def _list_first(self, decoy: str) -> None:
        """Move a decoy to the front of the list: the one that was, or may be, the scanner."""
        decoys = self.record.decoys
        decoys.pop(decoy, None)
        others = tuple(decoys)[: MAXIMUM_TRACKED - 1]
        self.record.decoys = dict.fromkeys((decoy, *others))

    def to_alert(self, action: Action, at: int, closed_by: str = "") -> Alert:
        """Return an alert about what is known now, and record that it was reported."""
        record = self.record
        is_unchanged = bool(record.alert_count) and self.is_fully_reported
        record.last_alert_at = at
        new_rules, new_targets, new_decoys = (
            max(0, now - before)  # the scanner may turn out to be one of the decoys
            for now, before in zip(self._reportable, record.reported, strict=True)
        )
        record.reported = self._reportable
        record.reported_sightings = record.sightings
        caveats = self.caveats
        found, verdict = self._level(self.explanation.activity, caveats), self._verdict(caveats)
        is_raised = found > record.reported_level
        if record.alert_count and (is_raised or record.reported_verdict != verdict):
            record.corrections += 1
        record.reported_verdict = verdict
        record.alert_count += 1
        record.reported_level = max(found.value, record.reported_level)
        record.closed = bool(closed_by)
        rules = sorted(record.rules.values(), key=lambda rule: -CERTAINTY[rule.confidence])
        decoys, targets = tuple(record.decoys), tuple(record.targets)
        ports, source_ports = tuple(record.ports), tuple(record.source_ports)
        return Alert(
            action=Action.SCAN_EXPECTED if record.expected else action,
            scan_id=record.scan_id,
            identity=record.identity,
            sequence=record.alert_count,
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
            evidence=tuple(sorted(record.evidence.values(), key=self._telling, reverse=True)),
            explanation=self.explanation,
            level=found,
            tool=rules[0].tool,
            techniques=tuple(dict.fromkeys(name for rule in rules for name in rule.techniques)),
            confidence=rules[0].confidence,
            sightings=record.sightings,
            packets=record.packets,
            is_raised=is_raised,
            is_unchanged=is_unchanged,
            new_rules=new_rules,
            new_targets=new_targets,
            new_decoys=new_decoys,
            on_link=record.on_link,
            expected=record.expected,
            near_authorisation=record.near_authorisation,
            not_covered_because=record.not_covered_because,
            closed_by=closed_by,
            caveats=caveats,
            decoys=decoys[:MAXIMUM_LISTED],
            decoys_omitted=max(0, len(decoys) - MAXIMUM_LISTED),
            targets_truncated=len(targets) >= MAXIMUM_TRACKED,
            ports_truncated=len(ports) >= MAXIMUM_TRACKED,
            outer=tuple(record.outer)[:MAXIMUM_LISTED],
        )

    @property
    def caveats(self) -> tuple[str, ...]:
        """Return the reasons why the source may not be the scanner, or the scanner not the tool."""
        record = self.record
        is_certain = record.source_confirmed and not record.source_conflict
        telling = [rule for rule in record.rules.values() if rule.confidence is not Confidence.WEAK]
        applies = {
            Caveat.SPOOFABLE: not is_certain,
            Caveat.TUNNELLED: bool(record.outer) and not record.untunnelled,
            Caveat.PROXIED: record.proxied,
            Caveat.SHARED_PROBES: bool(telling) and all(rule.shared for rule in telling),
            Caveat.RELAYABLE: bool(telling) and not record.originated,
        }
        return tuple(caveat.value for caveat, is_set in applies.items() if is_set)


# The items of a window are compared with each further one.
@lru_cache(_MAXIMUM_CACHED)
def _telling(field_name: str, value: str, tool: str) -> int:
    """Return how much a value tells a person: the tool's name most, and text more than numbers."""
    if field_name in _LISTED_FIELDS:
        return -1
    if tool.lower() in value.lower():
        return _TELLING_LENGTH + 1
    length = min(max(map(len, _TEXT.findall(value)), default=0), _TELLING_LENGTH)
    return length if _ONLY_TEXT.fullmatch(value) else length // 2


def _track(values: dict[_T, None], value: _T) -> None:
    """Store a distinct value, up to the ceiling."""
    if len(values) < MAXIMUM_TRACKED:
        values[value] = None
