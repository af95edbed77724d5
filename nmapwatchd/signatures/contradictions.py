"""Compare a site's signatures with their own examples and near misses."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nmapwatchd.core.matching.catalogue import Catalogue, MatcherRules
from nmapwatchd.core.matching.index import Index
from nmapwatchd.core.matching.signature import Example, Signature
from nmapwatchd.core.observation import Fields
from nmapwatchd.errors import Diagnostic
from nmapwatchd.signatures.document import Document

# Characters of an example that an error shows.
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Place:
    """Where a signature stands: the file's text and the row's number, from 0."""

    document: Document
    number: int

    def location(self, *path: str) -> str:
        """Return file and line of one of the row's keys."""
        return self.document.location(self.number, path)


LocatedSignature = tuple[Place, Signature]


def contradictions(
    catalogue: Catalogue, located: Sequence[LocatedSignature]
) -> Mapping[str, list[Diagnostic]]:
    """
    Return the errors of the signatures whose examples say something else, by their ids.

    Args:
        catalogue: all signatures; those of one matcher share their near misses.
        located: the signatures to compare.
    """
    matchers = {signature.matcher for _, signature in located}
    evaluations = {
        rules.matcher.name: _Evaluation.of(rules)
        for rules in catalogue.matcher_rules
        if rules.matcher.name in matchers
    }
    places = {signature.id: place for place, signature in located}
    found: dict[str, list[Diagnostic]] = {}
    for place, signature in located:
        evaluation = evaluations[signature.matcher]
        for example in signature.examples:
            if signature.id not in evaluation.matched(dict(example.fields)):
                message = f"examples: {signature.id} does not match {_shown(example)}"
                error = Diagnostic(place.location("examples"), message)
                found.setdefault(signature.id, []).append(error)
        for near_miss in signature.near_misses:
            for name in evaluation.matched(dict(near_miss.fields)):
                if name in places and name != signature.id:  # the other one matches too much
                    message = f"match: matches {_shown(near_miss)}, a near miss of {signature.id}"
                    blamed, location = name, places[name].location("match")
                else:
                    message = f"near_misses: {name} matches {_shown(near_miss)}"
                    blamed, location = signature.id, place.location("near_misses")
                found.setdefault(blamed, []).append(Diagnostic(location, message))
    return found


@dataclass(frozen=True, slots=True)
class _Evaluation:
    """The signatures of one matcher, evaluated as the engine evaluates them."""

    rules: MatcherRules
    index: Index

    @classmethod
    def of(cls, rules: MatcherRules) -> "_Evaluation":
        return cls(rules, Index.of([signature.match for signature in rules.signatures]))

    def matched(self, fields: Fields) -> Iterable[str]:
        """Return the ids of the signatures that some fields satisfy."""
        return [
            self.rules.signatures[number].id
            for number in self.index.candidates(fields)
            if self.rules.checks[number](fields) is not None
        ]


def _shown(example: Example) -> str:
    text = ", ".join(f"{name} = {', '.join(map(repr, values))}" for name, values in example.fields)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
