"""Export the catalogue as rules for Suricata 7, as far as its language can express them."""

import zlib
from collections.abc import Iterable, Iterator
from itertools import groupby, product
from typing import assert_never

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.expression import AllOf, AnyOf, Expression, Op, Term, terms
from nmapwatchd.core.matching.matcher import Base, Matcher
from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.core.observation import Transport
from nmapwatchd.core.rule import Confidence
from nmapwatchd.exports import suricata_dns, suricata_http
from nmapwatchd.exports.suricata_language import (
    InexpressibleError,
    Keywords,
    content_at,
    literal,
    pattern,
)
from nmapwatchd.exports.suricata_placements import presence
from nmapwatchd.exports.suricata_terms import keywords_of

# Rule numbers for local use start here (Suricata's rule format, "sid"); the rest is derived from
# the signature's id, so that a rule keeps its number.
FIRST_SID = 1_000_000
SIDS = 900_000
# Rules that one signature may become, one for each alternative of its match.
MAXIMUM_RULES = 64
# Openings that become a rule each; more of them become one pattern.
MAXIMUM_OPENINGS = 4
# A rule alerts once in so many seconds about the same source: once for a scan.
LIMIT = 30

_HEAD = """\
# Rules exported by nmapwatchd for Suricata 7. Rules that are commented out match what other
# software sends, too: nmapwatchd alerts only if several of them add up, which rules cannot do.
# Signatures that Suricata cannot express are listed at the end, with the reason.
"""

# Port ranges in a rule's head.
_PORTS = {Op.IS: "{}", Op.AT_LEAST: "{}:", Op.AT_MOST: ":{}"}

Conjunction = tuple[Term, ...]


def suricata(catalogue: Catalogue) -> str:
    """Return the rules, and as comments why some signatures have none."""
    written, left_out = [], []
    sids: dict[int, str] = {}
    for rules in catalogue.matcher_rules:
        for signature in rules.signatures:
            try:
                lines = list(_rules(signature, rules.matcher, sids))
            except InexpressibleError as reason:
                left_out.append(f"# {signature.id}: {reason}")
                continue
            alone = signature.confidence is Confidence.EXCLUSIVE and signature.off_link is None
            prefix = "" if alone else "# "
            written += [prefix + line for line in lines]
    return _HEAD + "\n".join([*written, "", "# Left out:", *left_out, ""])


def _rules(signature: Signature, matcher: Matcher, sids: dict[int, str]) -> Iterator[str]:
    if signature.correlate is not None:
        raise InexpressibleError("it correlates several packets")
    for term in terms(signature.match):
        if term.op is Op.IS_NOT:
            raise InexpressibleError(f"{term.field} is compared with what it must not be")
    alternatives = list(_alternatives(signature.match))
    if len(alternatives) > MAXIMUM_RULES:
        raise InexpressibleError(f"it would be {len(alternatives)} rules")
    for number, conjunction in enumerate(alternatives):
        for transport in matcher.transports:
            if not all(_possible(term, matcher, transport) for term in conjunction):
                continue
            for index, opening in enumerate(_openings(matcher, transport, conjunction)):
                name = f"{signature.id}/{number}/{transport.value}" + f"/{index}" * (index > 0)
                body = _body(conjunction, matcher, transport, opening)
                head = _head(transport, conjunction)
                yield _rule(signature, head, body, _sid(name, sids))


def _possible(term: Term, matcher: Matcher, transport: Transport) -> bool:
    """Return whether a term can be true over a transport."""
    field = matcher.field_named(term.field)
    if term.field == "transport":
        return term.values == (transport.value,)
    return field is None or field.at is None or transport in field.at


def _alternatives(expression: Expression) -> Iterator[Conjunction]:
    """Yield the alternatives of an expression, as terms of one value."""
    match expression:
        case Term(field, op, values):
            for value in values:
                yield (Term(field, op, (value,)),)
        case AnyOf(parts):
            for part in parts:
                yield from _alternatives(part)
        case AllOf(parts):
            for chosen in product(*(list(_alternatives(part)) for part in parts)):
                yield tuple(term for terms in chosen for term in terms)
        case _:
            assert_never(expression)


def _rule(signature: Signature, head: str, body: str, sid: int) -> str:
    title = signature.title.translate(str.maketrans('";\\', "'.,"))
    return (
        f'alert {head} (msg:"nmap: {title}"; {body} '
        f"threshold:type limit, track by_src, seconds {LIMIT}, count 1; "
        f"classtype:network-scan; metadata:nmapwatchd {signature.id}; sid:{sid}; rev:1;)"
    )


def _head(transport: Transport, terms: Conjunction) -> str:
    source, destination = (_ports(terms, field) for field in ("source_port", "destination_port"))
    return f"{transport.value} any {source} -> any {destination}"


def _ports(terms: Conjunction, field: str) -> str:
    ports = {_PORTS[term.op].format(term.values[0]) for term in terms if term.field == field}
    if len(ports) > 1:
        raise InexpressibleError(f"it compares {field} twice")
    return ports.pop() if ports else "any"


def _body(
    terms: Conjunction, matcher: Matcher, transport: Transport, opening: list[Keywords]
) -> str:
    """Return a rule's keywords: those of the payload first, then those of each buffer."""
    rest, found = suricata_dns.split(terms, matcher, transport)
    found += [keywords for term in rest for keywords in keywords_of(term, matcher, transport)]
    # Suricata's buffers of an HTTP request imply that the payload is one.
    if not any(keywords.buffer.startswith(suricata_http.PREFIX) for keywords in found):
        found = opening + found
    found = [keywords for keywords in dict.fromkeys(found) if keywords.text]
    if not found:
        raise InexpressibleError("none of its terms can be expressed")
    if sum(keywords.text.count("dsize:") for keywords in found) > 1:
        # A comparison with the whole payload states its size, too.
        found = [k for k in found if not k.text.startswith("dsize:") or " " in k.text]
    found.sort(key=lambda keywords: keywords.buffer)
    # Single packets of a scan belong to no connection that Suricata tracks.
    texts = ["flow:to_server;"] if transport is Transport.TCP and not matcher.reads_headers else []
    for buffer, group in groupby(found, key=lambda keywords: keywords.buffer):
        texts += [f"{buffer};"] if buffer else []
        texts += [keywords.text for keywords in group]
    return " ".join(texts)


def _openings(matcher: Matcher, transport: Transport, terms: Conjunction) -> list[list[Keywords]]:
    """Return the alternative openings of a message; an empty one if the terms fix its start."""
    fixed_start = any(term.field == "payload" and term.op in (Op.IS, Op.STARTS) for term in terms)
    starts = [o.tests for o in matcher.openings if o.transport is transport]
    if fixed_start or not starts:
        return [[]]
    fixed = [found for term in terms if (found := _fixed(term, matcher, transport)) is not None]
    starts = [tests for tests in starts if not _contradicts(tests, fixed)]
    if len(starts) > MAXIMUM_OPENINGS:
        alternatives = "|".join("".join(map(_lookahead, tests)) for tests in starts)
        return [[Keywords(pattern(f"\\A(?:{alternatives})"))]]
    return [[Keywords(content_at(value, at)) for at, value in start] for start in starts]


def _fixed(term: Term, matcher: Matcher, transport: Transport) -> tuple[int, bytes] | None:
    """Return the bytes that a term fixes, with their offset, or None."""
    field = matcher.field_named(term.field)
    if field is None:
        return None
    if term.op is not Op.IS or field.at is None or field.base is not Base.PAYLOAD:
        return presence(term, field)
    if field.mask or transport not in field.at:
        return None
    return field.at[transport], int(term.values[0]).to_bytes(field.size, field.order)


def _contradicts(tests: Iterable[tuple[int, bytes]], fixed: list[tuple[int, bytes]]) -> bool:
    """Return whether some bytes at offsets exclude some others."""
    for at, value in tests:
        for other_at, other in fixed:
            start, end = max(at, other_at), min(at + len(value), other_at + len(other))
            overlap = slice(start - at, end - at), slice(start - other_at, end - other_at)
            if start < end and value[overlap[0]] != other[overlap[1]]:
                return True
    return False


def _lookahead(test: tuple[int, bytes]) -> str:
    at, value = test
    return f"(?={f'.{{{at}}}' if at else ''}{literal(value)})"


def _sid(name: str, sids: dict[int, str]) -> int:
    """Return a rule's number; the next free one if another rule has it."""
    sid = FIRST_SID + zlib.crc32(name.encode()) % SIDS
    while sids.setdefault(sid, name) != name:
        sid += 1
    return sid
