"""Translate one term of a signature to Suricata's rule language."""

from collections.abc import Mapping

from nmapwatchd.core.matching.expression import Op, Term
from nmapwatchd.core.matching.matcher import Matcher
from nmapwatchd.core.observation import Transport
from nmapwatchd.exports.suricata_language import InexpressibleError, Keywords, content_by
from nmapwatchd.exports.suricata_numbers import at_offset
from nmapwatchd.exports.suricata_placements import placed

# Fields that the head of a rule compares.
_IN_HEAD = ("destination_port", "source_port", "transport")


def keywords_of(term: Term, matcher: Matcher, transport: Transport) -> list[Keywords]:
    """
    Return keywords for a term of one value.

    Raises:
        InexpressibleError: Suricata cannot express it.
    """
    field = matcher.field_named(term.field)
    if term.field in _IN_HEAD:
        return []
    if field is None or term.op is Op.MATCHES:
        raise InexpressibleError(f"{term.field} is compared with a pattern")
    if term.field == "payload":
        return [Keywords(_payload(term))]
    if term.field == "size":
        return [Keywords(_size(term))]
    if field.at is not None and transport in field.at:
        return [at_offset(term, field, transport, field.at[transport])]
    if field.placement is not None:
        return [placed(term, field, field.placement, transport)]
    if field.tshark:
        raise InexpressibleError(f"Suricata has no buffer for {field.tshark}")
    if field.encoding:
        raise InexpressibleError(f"Suricata cannot locate {term.field}")
    raise InexpressibleError(f"only nmapwatchd decodes {term.field}")


def _payload(term: Term) -> str:
    value = term.values[0].encode("latin-1")
    size = f"dsize:{len(value)}; " if term.op is Op.IS else ""
    return size + content_by(term.op, value)


def _size(term: Term) -> str:
    signs: Mapping[Op, str] = {Op.IS: "", Op.AT_LEAST: ">", Op.AT_MOST: "<"}
    number = int(term.values[0])
    beyond = {Op.AT_LEAST: -1, Op.AT_MOST: 1}.get(term.op, 0)
    return f"dsize:{signs[term.op]}{number + beyond};"
