"""A catalogue is an immutable set of signatures that names what an observation shows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nmapwatchd.core.expression import Check, compile_check
from nmapwatchd.core.matcher import Kind, Matcher
from nmapwatchd.core.observation import Observation
from nmapwatchd.core.sighting import Sighting
from nmapwatchd.core.signature import Signature


@dataclass(frozen=True, slots=True)
class Chapter:
    """A matcher and its signatures, ready to be checked."""

    matcher: Matcher
    signatures: tuple[Signature, ...]
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Chapters in matcher order."""

    chapters: tuple[Chapter, ...]

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
        chapters = tuple(
            Chapter(matcher, tuple(rows), tuple(compile_check(row.match) for row in rows))
            for matcher in matchers
            if (rows := by_matcher.pop(matcher.name, []))
        )
        if by_matcher:
            raise ValueError(f"no matcher is called {', '.join(sorted(by_matcher))}")
        return cls(chapters)

    @property
    def signatures(self) -> tuple[Signature, ...]:
        """Every signature, in order."""
        return tuple(row for chapter in self.chapters for row in chapter.signatures)

    def decoded_fields(self) -> Mapping[str, Kind]:
        """Return tshark's names of the fields that some signature reads, with their kind."""
        return {
            field.tshark: field.kind
            for chapter in self.chapters
            for row in chapter.signatures
            for name in row.reads
            if (field := chapter.matcher.knows(name)) is not None and field.tshark
        }

    def name(self, observation: Observation) -> list[Sighting]:
        """
        Return what the observation shows: one sighting for each signature that it satisfies.

        A signature that asks for several packets holds only when `Sequences` confirms it.
        """
        sightings: list[Sighting] = []
        for chapter in self.chapters:
            if not chapter.matcher.accepts(observation):
                continue
            fields = chapter.matcher.fields_of(observation)
            for row, check in zip(chapter.signatures, chapter.checks, strict=True):
                evidence = check(fields)
                if evidence is not None:
                    sightings.append(Sighting(row, observation, evidence, fields))
        return sightings
