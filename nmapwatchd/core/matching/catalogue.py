"""The catalogue: an immutable set of signatures, matched against one observation at a time."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field

from nmapwatchd.core.matching.dispatch import DispatchTable
from nmapwatchd.core.matching.expression import Check, compile_check
from nmapwatchd.core.matching.first_byte import ANY_BYTE, NO_BYTE, first_bytes
from nmapwatchd.core.matching.match import Match
from nmapwatchd.core.matching.matcher import Kind, Matcher, Opening, common_fields
from nmapwatchd.core.matching.rule_faults import RuleFaults
from nmapwatchd.core.matching.rule_group import RuleGroup
from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.core.observation import Observation, Transport


@dataclass(frozen=True, slots=True)
class MatcherRules:
    """
    A matcher and its signatures.

    Args:
        matcher: reads the protocol.
        signatures: its signatures, in the order of their file.
        checks: their compiled expressions, in the same order.
    """

    matcher: Matcher
    signatures: tuple[Signature, ...]
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """
    Signatures, grouped by matcher, in matcher order.

    The private tables are caches: most signatures fix the first byte of the payload, so only the
    signatures that a first byte allows are evaluated. They are filled on demand.

    Args:
        matcher_rules: the matchers with their signatures.
        faults: the errors that signatures and matchers raised.
    """

    matcher_rules: tuple[MatcherRules, ...]
    faults: RuleFaults = field(default_factory=RuleFaults, repr=False, compare=False)
    # By transport and first byte, at most 257 entries for each transport.
    _dispatch_tables: dict[tuple[Transport, int], DispatchTable] = field(
        default_factory=dict, repr=False, compare=False
    )
    # By matcher and transport: the first bytes that each of the matcher's signatures allows.
    _first_bytes: dict[tuple[str, Transport], tuple[frozenset[int], ...]] = field(
        default_factory=dict, repr=False, compare=False
    )
    # By matcher, signatures and openings: most first bytes allow the same ones.
    _rule_groups: dict[tuple[str, tuple[int, ...], tuple[Opening, ...]], RuleGroup] = field(
        default_factory=dict, repr=False, compare=False
    )

    @classmethod
    def of(cls, matchers: Iterable[Matcher], signatures: Iterable[Signature]) -> "Catalogue":
        """
        Bind signatures to their matchers; a matcher without signatures is left out.

        Raises:
            ValueError: two signatures share an id, or one names an unknown matcher.
        """
        by_matcher: dict[str, list[Signature]] = {}
        ids: set[str] = set()
        for signature in signatures:
            if signature.id in ids:
                raise ValueError(f"two signatures have the id {signature.id}")
            ids.add(signature.id)
            by_matcher.setdefault(signature.matcher, []).append(signature)
        matcher_rules = tuple(
            MatcherRules(matcher, tuple(own), tuple(compile_check(s.match) for s in own))
            for matcher in matchers
            if (own := by_matcher.pop(matcher.name, []))
        )
        if by_matcher:
            raise ValueError(f"no matcher is called {', '.join(sorted(by_matcher))}")
        return cls(matcher_rules)

    @property
    def signatures(self) -> tuple[Signature, ...]:
        """Every signature, in order."""
        return tuple(signature for rules in self.matcher_rules for signature in rules.signatures)

    def without(self, ids: Container[str]) -> "Catalogue":
        """Return a catalogue without the signatures that have some ids."""
        matchers = [rules.matcher for rules in self.matcher_rules]
        return Catalogue.of(matchers, [one for one in self.signatures if one.id not in ids])

    def decoded_fields(self) -> Mapping[str, Kind]:
        """Return the fields that tshark must decode for some signature, by tshark's name."""
        return {
            known.tshark: known.kind
            for rules in self.matcher_rules
            for signature in rules.signatures
            for name in signature.reads
            if (known := rules.matcher.field_named(name)) is not None and known.tshark
        }

    def prepare(self) -> None:
        """Build every dispatch table now, so that the first packets are not delayed by it."""
        for transport in Transport:
            for byte in ANY_BYTE:
                self._dispatch_table(transport, byte)

    def match(self, observation: Observation) -> list[Match]:
        """
        Return one match for each signature whose expression an observation satisfies.

        For a signature with a correlation this is one packet of several; `Correlator` decides.
        """
        payload = observation.payload
        table = self._dispatch_table(observation.transport, payload[0] if payload else NO_BYTE)
        groups = table.groups_for(payload)
        if not groups:
            return []
        common = common_fields(observation)
        matches: list[Match] = []
        for group in groups:
            try:
                matches += group.match(observation, common)
            except Exception as error:  # noqa: BLE001 - one protocol must not hide another
                self.faults.record(group.matcher.name, error)
        return matches

    def _dispatch_table(self, transport: Transport, byte: int) -> DispatchTable:
        """Return the signatures that a transport and a first byte allow."""
        table = self._dispatch_tables.get((transport, byte))
        if table is None:
            groups = (self._rule_group(rules, transport, byte) for rules in self.matcher_rules)
            table = DispatchTable.of([group for group in groups if group is not None])
            self._dispatch_tables[transport, byte] = table
        return table

    def _rule_group(self, rules: MatcherRules, transport: Transport, byte: int) -> RuleGroup | None:
        """Return a matcher's signatures that a transport and a first byte allow, None if none."""
        matcher = rules.matcher
        if transport not in matcher.transports or (byte == NO_BYTE and not matcher.reads_headers):
            return None
        openings = tuple(
            o for o in matcher.openings if o.transport is transport and o.allows_first_byte(byte)
        )
        if matcher.openings and not openings:
            return None
        allowed = self._allowed_first_bytes(rules, transport)
        kept = tuple(number for number, first in enumerate(allowed) if byte in first)
        if not kept:
            return None
        key = (matcher.name, kept, openings)
        if key not in self._rule_groups:
            own = ((rules.signatures[number], rules.checks[number]) for number in kept)
            self._rule_groups[key] = RuleGroup.of(matcher, own, openings, self.faults)
        return self._rule_groups[key]

    def _allowed_first_bytes(
        self, rules: MatcherRules, transport: Transport
    ) -> tuple[frozenset[int], ...]:
        """Return, for each signature of a matcher, the first payload bytes that it allows."""
        key = rules.matcher.name, transport
        if key not in self._first_bytes:
            self._first_bytes[key] = tuple(
                first_bytes(signature.match, rules.matcher, transport)
                for signature in rules.signatures
            )
        return self._first_bytes[key]
