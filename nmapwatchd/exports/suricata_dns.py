"""
Translate parts of a DNS request to bytes.

Suricata's DNS keywords cannot express them all. A question's type and class follow a name of
varying length, so that they are translated together with it.
"""

from collections.abc import Iterable, Sequence

from nmapwatchd.core.matching.expression import Op, Term
from nmapwatchd.core.matching.matcher import Matcher
from nmapwatchd.core.matching.placement import DnsPart, DnsRequest
from nmapwatchd.core.observation import Transport
from nmapwatchd.exports.suricata_language import (
    InexpressibleError,
    Keywords,
    content,
    content_at,
    content_next,
)


def split(
    terms: Iterable[Term], matcher: Matcher, transport: Transport
) -> tuple[Sequence[Term], list[Keywords]]:
    """Return the terms that are not about a DNS request, and keywords for the others."""
    rest: list[Term] = []
    counts: list[Keywords] = []
    question: dict[DnsPart, Term] = {}
    start = 0
    for term in terms:
        field = matcher.field_named(term.field)
        placement = None if field is None else field.placement
        if not isinstance(placement, DnsRequest):
            rest.append(term)
        elif placement.part is DnsPart.ADDITIONAL_COUNT:
            raw = int(term.values[0]).to_bytes(2)
            counts.append(Keywords(content_at(raw, placement.at[transport])))
        else:
            question[placement.part] = term
            start = placement.at[transport]
    return rest, counts + ([_question(question, start)] if question else [])


def _question(parts: dict[DnsPart, Term], start: int) -> Keywords:
    name = parts.get(DnsPart.NAME)
    if name is None or name.op not in (Op.IS, Op.ENDS):
        raise InexpressibleError("the type of a DNS question follows a name of unknown length")
    labels = name.values[0].lstrip(".").split(".")
    raw = b"".join(bytes([len(label)]) + label.encode("latin-1") for label in labels) + b"\0"
    if name.values == ("",):
        raw = b"\0"
    kind, klass = parts.get(DnsPart.TYPE), parts.get(DnsPart.CLASS)
    after = ""
    if kind is not None:
        raw += int(kind.values[0]).to_bytes(2)
    if klass is not None:
        number = int(klass.values[0]).to_bytes(2)
        if kind is not None:
            raw += number
        else:
            after = f" {content_next(number, 2)}"
    if name.op is Op.ENDS:
        return Keywords(content(raw) + after)
    return Keywords(content_at(raw, start) + after)
