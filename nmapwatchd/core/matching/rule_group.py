"""One matcher's signatures that a first payload byte allows."""

from collections.abc import Iterable
from dataclasses import dataclass

from nmapwatchd.core.matching.expression import Check
from nmapwatchd.core.matching.index import Index
from nmapwatchd.core.matching.match import Match
from nmapwatchd.core.matching.matcher import LocatedField, Matcher, Opening
from nmapwatchd.core.matching.rule_faults import RuleFaults
from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.core.observation import Fields, Observation

CompiledSignature = tuple[Signature, Check]


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """
    Some signatures of one matcher, with an index of them.

    Args:
        matcher: reads the protocol.
        rules: the signatures, each with its compiled expression.
        index: finds the rules that can match.
        openings: the openings of the messages that are read; none means every message.
        index_fields: the located fields that the index uses.
        other_fields: the matcher's other located fields.
        faults: takes the errors of rules.
    """

    matcher: Matcher
    rules: tuple[CompiledSignature, ...]
    index: Index
    openings: tuple[Opening, ...]
    index_fields: tuple[LocatedField, ...]
    other_fields: tuple[LocatedField, ...]
    faults: RuleFaults

    @classmethod
    def of(
        cls,
        matcher: Matcher,
        rules: Iterable[CompiledSignature],
        openings: Iterable[Opening],
        faults: RuleFaults,
    ) -> "RuleGroup":
        """Return the group of some rules, for messages with one of some openings."""
        rules = tuple(rules)
        index = Index.of([signature.match for signature, _ in rules])
        names = index.fields
        index_fields = tuple(located for located in matcher.located if located[0] in names)
        other_fields = tuple(located for located in matcher.located if located[0] not in names)
        return cls(matcher, rules, index, tuple(openings), index_fields, other_fields, faults)

    def match(self, observation: Observation, common: Fields) -> list[Match]:
        """
        Return the matches in an observation; a rule that raises an error is skipped.

        Args:
            observation: the packet.
            common: its common fields.
        """
        matcher = self.matcher
        fields = matcher.own_fields(observation, common)
        if self.index_fields:
            fields = {**fields, **matcher.located_fields(observation, self.index_fields)}
        candidates = self.index.candidates(fields)
        if candidates and self.other_fields:
            fields = {**fields, **matcher.located_fields(observation, self.other_fields)}
        matches = []
        disabled = self.faults.disabled
        for number in candidates:
            signature, check = self.rules[number]
            if disabled and signature.id in disabled:
                continue
            try:
                evidence = check(fields)
            except Exception as error:  # noqa: BLE001 - one rule must not take the others with it
                self.faults.record(signature.id, error)
                continue
            if evidence is not None:
                matches.append(Match(signature, observation, evidence, fields))
        return matches
