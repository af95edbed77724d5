"""The record of a window: everything that is known of one scan, as data."""

import hashlib
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any

from nmapwatchd.core.alert import EvidenceItem
from nmapwatchd.core.observation import Values
from nmapwatchd.core.rule import RuleInfo

Key = tuple[str, ...]


@dataclass(slots=True)
class WindowRecord:
    """
    One scan. A window changes its record; the spool is given copies, from which it is restored.

    A field that is added here is saved and restored: the codec follows the type. The distinct
    values of a field are the keys of a dict, in order of their first occurrence.

    Args:
        by: the names of what the key consists of, of `window.KEYS`.
        key: identifies the scanner among all: a value for each name in `by`, then `expected`.
        expected: the authorisation that covers it, or ''.
        source: the source address to report. Among addresses that share packets: the one with a
            confirmed handshake, otherwise the first.
        first: packet time of the first sighting, nanoseconds since the epoch.
        last: packet time of the last one.
        score: the sum of the sightings' scores; an alert opens at the threshold.
        sightings: the number of sightings.
        packets: the number of packets with a sighting.
        last_alert_at: packet time of the last alert.
        reported: the numbers of rules, targets and decoys in the last alert.
        reported_sightings: the number of sightings in the last alert.
        reported_verdict: `Window.verdict` in the last alert.
        reported_level: the highest severity in an alert, of `severity.Level`; -1 before the first.
        corrections: the number of alerts with another verdict or a higher severity than before.
        alert_count: the number of alerts.
        closed: whether the last alert reported the scan as closed, because the service stopped.
        source_confirmed: whether a handshake by one of the addresses was implied by a sighting
            that is not weak.
        source_conflict: whether handshakes by several of the addresses were implied.
        proxied: whether a request was forwarded by a proxy.
        originated: whether a sighting that is not weak cannot be the content of a third party.
        untunnelled: whether a sighting that is not weak was in no IP tunnel.
        on_link: whether a packet was sent on a captured link itself, so that its MAC address is
            the scanner's.
        near_authorisation: the one that nearly covers a packet of `source`, or ''.
        not_covered_because: why it does not cover it.
        rules: the rules sighted, by id.
        counts: the number of sightings of each rule, by id.
        evidence: one evidence item of a rule, by id; of the first rules only.
        decoys: other addresses that sent the same packets.
        targets: the addresses scanned.
        ports: the ports scanned.
        transports: the transports of the packets.
        source_ports: the ports that the packets were sent from; 0, for none, is left out.
        macs: the MAC addresses of the source.
        vlans: the VLAN ids.
        interfaces: the interfaces.
        outer: `source>destination` of the IP tunnels around the packets.
    """

    by: Values
    key: Key
    expected: str
    source: str
    first: int
    last: int
    score: int = 0
    sightings: int = 0
    packets: int = 0
    last_alert_at: int = 0
    reported: tuple[int, int, int] = (0, 0, 0)
    reported_sightings: int = 0
    reported_verdict: Values = ()
    reported_level: int = -1
    corrections: int = 0
    alert_count: int = 0
    closed: bool = False
    source_confirmed: bool = False
    source_conflict: bool = False
    proxied: bool = False
    originated: bool = False
    untunnelled: bool = False
    on_link: bool = False
    near_authorisation: str = ""
    not_covered_because: str = ""
    rules: dict[str, RuleInfo] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    evidence: dict[str, EvidenceItem] = field(default_factory=dict)
    decoys: dict[str, None] = field(default_factory=dict)
    targets: dict[str, None] = field(default_factory=dict)
    ports: dict[int, None] = field(default_factory=dict)
    transports: dict[str, None] = field(default_factory=dict)
    source_ports: dict[int, None] = field(default_factory=dict)
    macs: dict[str, None] = field(default_factory=dict)
    vlans: dict[str, None] = field(default_factory=dict)
    interfaces: dict[str, None] = field(default_factory=dict)
    outer: dict[str, None] = field(default_factory=dict)

    @property
    def identity(self) -> str:
        """
        What identifies the scanner, whenever it scans: `source=10.0.0.5`.

        The source is the one to report, which may have been found to be another than the key's.
        Several parts are joined, as in `source=10.0.0.5&vlan=12&expected=weekly audit`. The
        characters %, & and = are escaped within a value, so that no value can imitate a part.
        """
        names = (*self.by, "expected") if self.expected else self.by
        parts = dict(zip(names, self.key, strict=False))  # an empty authorisation is left out
        if "source" in parts:
            parts["source"] = self.source
        return "&".join(
            f"{name}={value.translate(_IDENTITY_ESCAPES)}" for name, value in parts.items()
        )

    @property
    def scan_id(self) -> str:
        """The id of this one scan; it depends on the scanner and the first packet's time only."""
        text = "\0".join((*self.key, str(self.first)))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def copy(self) -> "WindowRecord":
        """Return a copy that shares nothing that can change."""
        values: list[Any] = [v.copy() if type(v) is dict else v for v in _FIELDS(self)]
        return WindowRecord(*values)

    def inconsistency(self) -> str:
        """Return why this cannot be the record of a window that was reported, or ''."""
        if not self.rules:
            return "rules: empty"
        if any(name != rule.id for name, rule in self.rules.items()):
            return "rules: an id differs from its key"
        if self.counts.keys() != self.rules.keys():
            return "counts: not of the same rules"
        if any(name != item.rule for name, item in self.evidence.items()):
            return "evidence: an id differs from its key"
        if not self.evidence.keys() <= self.rules.keys():
            return "evidence: of an unknown rule"
        if len(self.key) != len(self.by) + 1 or self.key[-1] != self.expected:
            return "key: does not follow from the other fields"
        if self.alert_count < 1:
            return "alert_count: not reported"
        return ""


# As in a URL.
_IDENTITY_ESCAPES = str.maketrans({"%": "%25", "&": "%26", "=": "%3D"})
_FIELDS = attrgetter(*(field.name for field in fields(WindowRecord)))
