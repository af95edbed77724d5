"""A signature is a row of data that a matcher can check."""

from dataclasses import dataclass
from enum import StrEnum

from nmapwatchd.core.matching.expression import Expression, terms


class Confidence(StrEnum):
    """How sure one sighting of a signature is."""

    EXCLUSIVE = "exclusive"  # no other software sends this
    STRONG = "strong"  # hardly any other does
    WEAK = "weak"  # others send it too, it only adds up


@dataclass(frozen=True, slots=True)
class Example:
    """Field values for which a signature must hold (seen) or must not (spared)."""

    fields: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Correlation:
    """
    What several packets of one source must show together before a signature holds.

    Args:
        group_by: fields whose values do not change from packet to packet.
        count_distinct: fields whose values, together, must be new for a packet to count.
        count: how many packets must count.
        must_vary: fields of which those packets must show at least two values each.
    """

    group_by: tuple[str, ...]
    count_distinct: tuple[str, ...]
    count: int
    must_vary: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signature:
    """
    One mark of one tool.

    Args:
        id: matcher name, full stop, a name of its own; never reused for something else.
        matcher: the name of the matcher that reads it.
        title: what it is, for a person.
        match: what must hold.
        confidence: how sure one sighting is.
        options: the nmap options or scripts that send it.
        source: the file of nmap in which it was seen.
        examples: examples for which it holds.
        near_misses: near misses for which no signature of its matcher holds.
        note: who else might send it, since when nmap does, what else a reader should know.
        tool: the software whose mark it is.
        correlate: what several packets must show together; None where one is enough.
        source_strings: strings that stand in the source file, where what is sent does not do so
            letter for letter.
        since: the version of the tool that sent it first, where that is known.
        until: the version of the tool that sent it last, where it no longer does.
    """

    id: str
    matcher: str
    title: str
    match: Expression
    confidence: Confidence
    options: tuple[str, ...]
    source: str
    examples: tuple[Example, ...]
    near_misses: tuple[Example, ...]
    note: str = ""
    tool: str = "nmap"
    correlate: Correlation | None = None
    source_strings: tuple[str, ...] = ()
    since: str = ""
    until: str = ""

    @property
    def reads(self) -> tuple[str, ...]:
        """The fields that it asks about."""
        asked = [term.field for term in terms(self.match)]
        if self.correlate is not None:
            asked += [
                *self.correlate.group_by,
                *self.correlate.count_distinct,
                *self.correlate.must_vary,
            ]
        return tuple(dict.fromkeys(asked))
