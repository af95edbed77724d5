"""Translate a field's placement, each type once, whichever matcher states it."""

from dataclasses import replace
from typing import assert_never

from nmapwatchd.core.matching.expression import Op, Term
from nmapwatchd.core.matching.matcher import Field, Kind
from nmapwatchd.core.matching.placement import (
    AfterMarkers,
    Anywhere,
    AtOffset,
    CountedList,
    DerElement,
    DnsRequest,
    Fingerprint,
    FirstWord,
    HeaderValue,
    HttpHeader,
    HttpPart,
    InLine,
    LengthPrefixed,
    Placement,
    RepeatedByte,
    TableEntry,
    Terminated,
    TlsExtension,
    ToEnd,
)
from nmapwatchd.core.observation import Transport
from nmapwatchd.exports import suricata_http
from nmapwatchd.exports.suricata_language import (
    InexpressibleError,
    Keywords,
    content,
    content_at,
    content_next,
    literal,
    pattern,
    whole_buffer,
)
from nmapwatchd.exports.suricata_numbers import at_offset

_FINGERPRINTS = {
    Fingerprint.HASSH: "ssh.hassh",
    Fingerprint.JA3: "ja3.hash",
    Fingerprint.JA3_FULL: "ja3.string",
}
# The lists of header names of a request without headers.
_MAY_BE_EMPTY = (
    HttpPart.HEADER_NAMES,
    HttpPart.SORTED_HEADER_NAMES,
    HttpPart.FOREIGN_HEADER_NAMES,
)
_ONE_BYTE_REPEATED = 'pcre:"/^(.)\\1*$/s";'
# The longest content whose length DER writes in one byte.
_MAXIMUM_SHORT = 0x7F


def presence(term: Term, field: Field) -> tuple[int, bytes] | None:
    """Return bytes, with their offset, of every message in which a term can be true, or None."""
    if isinstance(field.placement, FirstWord) and term.op is Op.IS:
        return 0, term.values[0].encode(field.encoding)
    return field.presence


def placed(  # noqa: C901, PLR0912 - one case for each type of placement
    term: Term, field: Field, placement: Placement, transport: Transport
) -> Keywords:
    """
    Return keywords for a term of one value, by its field's placement.

    Raises:
        InexpressibleError: the value is empty, or Suricata cannot compare it so there.
    """
    op, value = term.op, term.values[0].encode(field.encoding or "latin-1")
    if not value and placement not in _MAY_BE_EMPTY:
        raise InexpressibleError(f"{term.field} is empty")
    text: str | None
    match placement:
        case HttpPart():
            return suricata_http.part(placement, op, value)
        case HttpHeader(name):
            return suricata_http.header(name, op, value)
        case Fingerprint():
            return whole_buffer(op, value, _FINGERPRINTS[placement])
        case AtOffset(offset, size) if field.kind is Kind.NUMBER:
            return at_offset(term, replace(field, size=size), transport, offset)
        case AtOffset():
            text = _at_offset(placement, op, value)
        case ToEnd():
            text = _to_end(placement, op, value)
        case FirstWord(end):
            text = _between("\\A", end, op, value)
        case InLine(before, after):
            text = _between(before, after, op, value)
        case HeaderValue(names):
            name = "|".join(literal(name.encode()) for name in names)
            text = _between(f"^(?i:{name})[ \\t]*:[ \\t]*", "[ \\t]*\\r?$", op, value)
        case LengthPrefixed():
            text = _length_prefixed(placement, op, value)
        case CountedList():
            text = _counted_list(placement, value) if op is Op.IS else None
        case TableEntry():
            text = _table_entry(placement, value) if op is Op.IS else None
        case TlsExtension():
            text = _tls_extension(placement, op, value)
        case DerElement(tags):
            text = content(_der(tags, value)) if op is Op.IS else None
        case AfterMarkers():
            text = _after_markers(placement, op, value)
        case Terminated(terminator):
            text = content(value + terminator) if op is Op.ENDS else None
        case Anywhere():
            text = content(value) if op is Op.CONTAINS else None
        case RepeatedByte():
            text = _ONE_BYTE_REPEATED if (op, value) == (Op.AT_LEAST, b"0") else None
        case DnsRequest():
            raise AssertionError("translated with the rest of the request")
        case _:
            assert_never(placement)
    if text is None:
        raise InexpressibleError(f"Suricata cannot compare {term.field} so")
    return Keywords(text)


def _at_offset(placement: AtOffset, op: Op, value: bytes) -> str | None:
    match op:
        case Op.IS:
            return content_at(value, placement.offset)
        case Op.CONTAINS:
            return f"{content(value)} offset:{placement.offset}; depth:{placement.size};"
        case _:
            return None


def _to_end(placement: ToEnd, op: Op, value: bytes) -> str | None:
    offset = placement.offset
    match op:
        case Op.IS:
            start = content(value) if offset is None else content_at(value, offset)
            return f"{start} endswith;"
        case Op.CONTAINS:
            return content(value) if offset is None else f"{content(value)} offset:{offset};"
        case _:
            return None


def _length_prefixed(placement: LengthPrefixed, op: Op, value: bytes) -> str | None:
    size, after = placement.size, placement.after
    prefixed = len(value).to_bytes(size) + value
    jump = "" if after is None else f"byte_jump:{after.size},{after.at};"
    match op:
        case Op.IS:
            return f"{jump} {content_next(prefixed)}" if jump else content(prefixed)
        case Op.STARTS if jump:
            return f"{jump} {content_next(value, size)}"
        case _:
            return None


def _counted_list(placement: CountedList, value: bytes) -> str:
    count = (len(value) // placement.item_size).to_bytes(2, "little")
    return f"{content_at(count, placement.count_at)} {content_at(value, placement.at)}"


def _table_entry(entry: TableEntry, value: bytes) -> str:
    length = len(value) // entry.unit
    return (
        f"byte_test:2,=,{length},{entry.at + 2},little; "
        f"byte_jump:2,{entry.at},little,from_beginning,post_offset {entry.origin}; "
        f"{content_next(value)}"
    )


def _tls_extension(extension: TlsExtension, op: Op, value: bytes) -> str | None:
    kind, size = extension.type.to_bytes(2), extension.size
    match op:
        case Op.IS:
            vector = len(value).to_bytes(size) + value
            return content(kind + len(vector).to_bytes(2) + vector)
        case Op.STARTS:  # after the lengths of the extension and of its list
            return f"{content(kind)} {content_next(value, 2 + size)}"
        case _:
            return None


def _after_markers(placement: AfterMarkers, op: Op, value: bytes) -> str | None:
    first, *others = placement.markers
    texts = [content(first.value)]
    texts += [f"{content(one.value)} distance:0; within:{one.within};" for one in others]
    match op, placement.distance:
        case Op.IS, int(distance):
            texts.append(content_next(value + placement.terminator, distance))
        case Op.CONTAINS, None:
            texts.append(f"{content(value)} distance:0;")
        case _:
            return None
    return " ".join(texts)


def _between(before: str, after: str, op: Op, value: bytes) -> str:
    """Return a value between two patterns, after any text of its line unless it starts there."""
    skipped = "" if op in (Op.IS, Op.STARTS) else "[^\\r\\n]*"
    end = after if op in (Op.IS, Op.ENDS) else ""
    return f"{content(value)} {pattern(before + skipped + literal(value) + end)}"


def _der(tags: tuple[int, ...], value: bytes) -> bytes:
    for tag in reversed(tags):
        if len(value) > _MAXIMUM_SHORT:
            raise InexpressibleError("the value is too long for a length of one byte")
        value = bytes([tag, len(value)]) + value
    return value
