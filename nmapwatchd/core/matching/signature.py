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
class Repeat:
    """
    What several packets of one source must show together before a signature holds.

    Args:
        same: fields whose values do not change from packet to packet.
        distinct: fields whose values, together, must be new for a packet to count.
        times: how many packets must count.
        varied: fields of which those packets must show at least two values each.
    """

    same: tuple[str, ...]
    distinct: tuple[str, ...]
    times: int
    varied: tuple[str, ...] = ()


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
        sent_by: the nmap options or scripts that send it.
        source: the file of nmap in which it was seen.
        seen: examples for which it holds.
        spared: near misses for which no signature of its matcher holds.
        note: who else might send it, since when nmap does, what else a reader should know.
        tool: the software whose mark it is.
        repeat: what several packets must show together; None where one is enough.
        trace: strings that stand in the source file, where what is sent does not stand there
            letter for letter.
        since: the version of the tool that sent it first, where that is known.
        until: the version of the tool that sent it last, where it no longer does.
    """

    id: str
    matcher: str
    title: str
    match: Expression
    confidence: Confidence
    sent_by: tuple[str, ...]
    source: str
    seen: tuple[Example, ...]
    spared: tuple[Example, ...]
    note: str = ""
    tool: str = "nmap"
    repeat: Repeat | None = None
    trace: tuple[str, ...] = ()
    since: str = ""
    until: str = ""

    @property
    def reads(self) -> tuple[str, ...]:
        """The fields that it asks about."""
        asked = [term.field for term in terms(self.match)]
        if self.repeat is not None:
            asked += [*self.repeat.same, *self.repeat.distinct, *self.repeat.varied]
        return tuple(dict.fromkeys(asked))
