"""Signatures: the data by which traffic of a tool is recognised."""

from dataclasses import dataclass, field, replace

from nmapwatchd.core.matching.expression import Expression, terms
from nmapwatchd.core.observation import Values
from nmapwatchd.core.rule import Confidence, RuleInfo

# MITRE ATT&CK: network service discovery.
DEFAULT_TECHNIQUES: Values = ("T1046",)


@dataclass(frozen=True, slots=True)
class Example:
    """Field values that a signature must match (examples) or must not (near misses)."""

    fields: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Correlation:
    """
    A condition on several packets of one source.

    Args:
        group_by: fields whose values must be the same in all packets.
        count_distinct: fields whose values, together, must differ between the packets counted.
        count: the number of packets required.
        must_vary: fields that must have at least two values each among those packets.
        consecutive: a field of numbers; each of the values counted must occur with one number
            and with the next or the next but one, the same two for all. Empty for none.
    """

    group_by: tuple[str, ...]
    count_distinct: tuple[str, ...]
    count: int
    must_vary: tuple[str, ...] = ()
    consecutive: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """
    One fingerprint of one tool.

    Args:
        id: matcher name, full stop, a name of its own; never reused for something else.
        matcher: the name of its matcher.
        title: a short description.
        match: the expression that an observation must satisfy.
        confidence: how certain one sighting is.
        options: the nmap options or scripts that send it.
        source: the file of nmap that it was found in.
        examples: field values that it matches.
        near_misses: field values that no signature of its matcher matches.
        note: anything else that a reader should know.
        also_sent_by: other software that is known to send it, each with where that was seen.
        shared: whether tools that include nmap's probes send it.
        tool: the software that sends it.
        techniques: the ids of the MITRE ATT&CK techniques that it is evidence of.
        correlate: the condition on several packets; None if one packet suffices.
        source_strings: strings of the source file, if what is sent does not occur there literally.
        since: the first version of the tool that sent it, if known.
        until: the last version of the tool that sent it, if it no longer does.
        location: file and line of a site's own signature; empty for a shipped one.
        off_link: how certain one sighting is behind a router, if less than on the sender's link.
        rule: the facts of it that sightings and alerts carry; built once.
        off_link_rule: those of a sighting behind a router.
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
    also_sent_by: tuple[str, ...] = ()
    shared: bool = False
    tool: str = "nmap"
    techniques: tuple[str, ...] = DEFAULT_TECHNIQUES
    correlate: Correlation | None = None
    source_strings: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    location: str = field(default="", repr=False, compare=False)
    off_link: Confidence | None = None
    rule: RuleInfo = field(init=False, repr=False, compare=False)
    off_link_rule: RuleInfo = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rule = RuleInfo(
            id=self.id,
            title=self.title,
            reference=self.source,
            confidence=self.confidence,
            options=self.options,
            tool=self.tool,
            techniques=self.techniques,
            shared=self.shared,
        )
        object.__setattr__(self, "rule", rule)
        off_link_rule = replace(rule, confidence=self.off_link or self.confidence)
        object.__setattr__(self, "off_link_rule", off_link_rule)

    @property
    def reads(self) -> tuple[str, ...]:
        """The fields that it tests."""
        names = [term.field for term in terms(self.match)]
        if self.correlate is not None:
            names += [
                *self.correlate.group_by,
                *self.correlate.count_distinct,
                *self.correlate.must_vary,
                *([self.correlate.consecutive] if self.correlate.consecutive else []),
            ]
        return tuple(dict.fromkeys(names))
