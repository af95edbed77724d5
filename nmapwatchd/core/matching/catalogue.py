"""A catalogue is an immutable set of signatures that names what an observation shows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nmapwatchd.core.matching.dispatch import DispatchTable
from nmapwatchd.core.matching.expression import Check, compile_check
from nmapwatchd.core.matching.first_byte import NO_BYTE, first_bytes
from nmapwatchd.core.matching.matcher import Kind, Matcher, Opening, common_fields
from nmapwatchd.core.matching.rule_group import RuleGroup
from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.core.observation import Observation, Transport
from nmapwatchd.core.sighting import Sighting


@dataclass(frozen=True, slots=True)
class MatcherRules:
    """
    A matcher and its signatures, ready to be checked.

    Args:
        matcher: what reads.
        signatures: what is looked for.
        checks: their expressions, compiled.
    """

    matcher: Matcher
    signatures: tuple[Signature, ...]
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Chapters in matcher order."""

    matcher_rules: tuple[MatcherRules, ...]
    # Chapters cut down to what a payload's first byte leaves possible: most rows fix it, and most
    # packets can be few of them. At most 257 keys for each transport.
    _shelves: dict[tuple[Transport, int], DispatchTable] = field(
        default_factory=dict, repr=False, compare=False
    )
    # How each chapter's rows can begin, over each transport.
    _firsts: dict[tuple[str, Transport], tuple[frozenset[int], ...]] = field(
        default_factory=dict, repr=False, compare=False
    )
    # Their pages by what is left of them, which is the same for most bytes.
    _pages: dict[tuple[str, tuple[int, ...], tuple[Opening, ...]], RuleGroup] = field(
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
            MatcherRules(matcher, tuple(rows), tuple(compile_check(row.match) for row in rows))
            for matcher in matchers
            if (rows := by_matcher.pop(matcher.name, []))
        )
        if by_matcher:
            raise ValueError(f"no matcher is called {', '.join(sorted(by_matcher))}")
        return cls(matcher_rules)

    @property
    def signatures(self) -> tuple[Signature, ...]:
        """Every signature, in order."""
        return tuple(row for chapter in self.matcher_rules for row in chapter.signatures)

    def decoded_fields(self) -> Mapping[str, Kind]:
        """Return tshark's names of the fields that some signature reads, with their kind."""
        return {
            known.tshark: known.kind
            for chapter in self.matcher_rules
            for row in chapter.signatures
            for name in row.reads
            if (known := chapter.matcher.field_named(name)) is not None and known.tshark
        }

    def name(self, observation: Observation) -> list[Sighting]:
        """
        Return what the observation shows: one sighting for each signature that it satisfies.

        A signature that asks for several packets holds only when `Correlator` confirms it.
        """
        payload = observation.payload
        shelf = self._shelf(observation.transport, payload[0] if payload else NO_BYTE)
        pages = shelf.opened(payload)
        common = common_fields(observation) if pages else {}
        return [sighting for page in pages for sighting in page.name(observation, common)]

    def _shelf(self, transport: Transport, byte: int) -> DispatchTable:
        """Return the rows that can hold for a payload that begins so, found once for each."""
        shelf = self._shelves.get((transport, byte))
        if shelf is None:
            pages = (self._page(chapter, transport, byte) for chapter in self.matcher_rules)
            shelf = DispatchTable.of([page for page in pages if page is not None])
            self._shelves[transport, byte] = shelf
        return shelf

    def _page(self, chapter: MatcherRules, transport: Transport, byte: int) -> RuleGroup | None:
        """Return what is left of a chapter, or None where none of its rows can hold."""
        matcher = chapter.matcher
        if transport not in matcher.transports or (byte == NO_BYTE and not matcher.bare):
            return None
        openings = tuple(o for o in matcher.openings if o.transport is transport and o.begins(byte))
        if matcher.openings and not openings:
            return None
        firsts = self._first_bytes(chapter, transport)
        kept = tuple(number for number, first in enumerate(firsts) if byte in first)
        if not kept:
            return None
        left = (matcher.name, kept, openings)
        if left not in self._pages:
            rows = ((chapter.signatures[number], chapter.checks[number]) for number in kept)
            self._pages[left] = RuleGroup.of(matcher, rows, openings)
        return self._pages[left]

    def _first_bytes(
        self, chapter: MatcherRules, transport: Transport
    ) -> tuple[frozenset[int], ...]:
        """Return the first bytes of the payloads for which each row of a chapter can hold."""
        known = chapter.matcher.name, transport
        if known not in self._firsts:
            self._firsts[known] = tuple(
                first_bytes(row.match, chapter.matcher, transport) for row in chapter.signatures
            )
        return self._firsts[known]
