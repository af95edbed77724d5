"""The catalogue as rules for Suricata 7, as far as its language can say it."""

import zlib
from collections.abc import Iterator
from itertools import product
from typing import assert_never

from nmapwatchd.core.catalogue import Catalogue
from nmapwatchd.core.expression import AllOf, AnyOf, Expression, Op, Term
from nmapwatchd.core.matcher import Base, Field, Kind, Matcher
from nmapwatchd.core.observation import Transport
from nmapwatchd.core.signature import Confidence, Signature

# Rule numbers for local use begin here (Suricata's rule format, "sid"); the rest comes from the
# signature's name, so that a rule keeps its number.
FIRST_SID = 1_000_000
SIDS = 900_000
# Rules that one signature may become, one for each way in which it can hold.
MAXIMUM_RULES = 64

# Suricata's own buffers for what tshark decodes, or a matcher reads, beyond plain bytes.
_BUFFERS = {
    "tls.handshake.ja3": "ja3.hash",
    "tls.handshake.random": "tls.random",
    "ssh.kex.hassh": "ssh.hassh",
}

Conjunction = tuple[Term, ...]


class _InexpressibleError(Exception):
    """Suricata's language has no word for a term."""


def suricata(catalogue: Catalogue) -> str:
    """Return rules for the signatures that alert alone, and in comments why others have none."""
    written, left_out = [], []
    sids: dict[int, str] = {}
    for chapter in catalogue.chapters:
        for row in chapter.signatures:
            if row.confidence is not Confidence.EXCLUSIVE:
                left_out.append(f"# {row.id}: {row.confidence}, it needs others to add up with")
                continue
            try:
                rules = list(_rules(row, chapter.matcher, sids))
            except _InexpressibleError as reason:
                left_out.append(f"# {row.id}: {reason}")
            else:
                written += rules
    head = "# Rules exported by nmapwatchd; what Suricata cannot express is listed at the end.\n"
    return head + "\n".join([*written, "", "# Left out:", *left_out, ""])


def _rules(row: Signature, matcher: Matcher, sids: dict[int, str]) -> Iterator[str]:
    if row.repeat is not None:
        raise _InexpressibleError("it takes several packets that agree in a field")
    ways = list(_ways(row.match))
    if len(ways) > MAXIMUM_RULES:
        raise _InexpressibleError(f"it would be {len(ways)} rules")
    for number, way in enumerate(ways):
        for transport in matcher.transports:
            if not all(_possible(term, matcher, transport) for term in way):
                continue
            sid = _sid(f"{row.id}/{number}/{transport.value}", sids)
            yield _rule(row, matcher, transport, way, sid)


def _possible(term: Term, matcher: Matcher, transport: Transport) -> bool:
    """Tell whether a term can hold over a transport."""
    field = matcher.knows(term.field)
    if term.field == "transport":
        return term.values == (transport.value,)
    return field is None or field.at is None or transport in field.at


def _ways(expression: Expression) -> Iterator[Conjunction]:
    """Yield each way in which an expression can hold, as terms of one value."""
    match expression:
        case Term(field, op, values):
            for value in values:
                yield (Term(field, op, (value,)),)
        case AnyOf(parts):
            for part in parts:
                yield from _ways(part)
        case AllOf(parts):
            for way in product(*(list(_ways(part)) for part in parts)):
                yield tuple(term for terms in way for term in terms)
        case _:
            assert_never(expression)


def _rule(
    row: Signature, matcher: Matcher, transport: Transport, way: Conjunction, sid: int
) -> str:
    port = next((term.values[0] for term in way if term.field == "destination_port"), "any")
    tests = " ".join(filter(None, (_test(term, matcher, transport) for term in way)))
    title = row.title.translate(str.maketrans('";\\', "'.,"))
    flow = "flow:to_server; " if transport is Transport.TCP else ""
    return (
        f"alert {transport.value} any any -> any {port} "
        f'(msg:"nmap: {title}"; {flow}{tests} classtype:network-scan; '
        f"metadata:nmapwatchd {row.id}; sid:{sid}; rev:1;)"
    )


def _test(term: Term, matcher: Matcher, transport: Transport) -> str:
    field = matcher.knows(term.field)
    if term.field in ("destination_port", "transport"):
        return ""
    if field is None or term.op is Op.MATCHES:
        raise _InexpressibleError(f"{term.field}.{term.op} has no counterpart")
    (value,) = term.values
    if term.field == "size" and term.op is Op.IS:
        return f"dsize:{value};"
    if field.base is not Base.PAYLOAD:
        raise _InexpressibleError(f"{field.tshark} stands in a header")
    if field.at is not None and term.op is Op.IS:
        number = int(value).to_bytes(field.size, field.order)
        return f'content:"{_content(number)}"; offset:{field.at[transport]}; depth:{field.size};'
    if term.field == "payload":
        return _payload(term.op, value.encode("latin-1"))
    if field.tshark:
        return _buffer(field, term.op, value)
    if field.encoding:
        return f'content:"{_content(value.encode(field.encoding))}";'
    raise _InexpressibleError(f"{term.field} is read by nmapwatchd alone")


def _payload(op: Op, value: bytes) -> str:
    content = f'content:"{_content(value)}";'
    match op:
        case Op.IS:
            return f"dsize:{len(value)}; {content} startswith;"
        case Op.STARTS:
            return f"{content} startswith;"
        case Op.ENDS:
            return f"{content} endswith;"
        case _:
            return content


def _buffer(field: Field, op: Op, value: str) -> str:
    buffer = _BUFFERS.get(field.tshark)
    if buffer is None:
        raise _InexpressibleError(f"{field.tshark} has no buffer")
    raw = value.encode("latin-1" if field.kind is Kind.BYTES else "utf-8")
    whole = " startswith; endswith;" if op is Op.IS else ""
    return f'{buffer}; content:"{_content(raw)}";{whole}'


def _content(value: bytes) -> str:
    """Write bytes as Suricata's content: letters and digits as they are, the rest in hex."""
    text = ""
    for byte in value:
        letter = chr(byte)
        text += letter if letter.isascii() and letter.isalnum() else f"|{byte:02x}|"
    return text.replace("||", " ")


def _sid(name: str, sids: dict[int, str]) -> int:
    """Return a rule's number; where two names share one, the later takes the next that is free."""
    sid = FIRST_SID + zlib.crc32(name.encode()) % SIDS
    while sids.setdefault(sid, name) != name:
        sid += 1
    return sid
