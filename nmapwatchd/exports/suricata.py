"""The catalogue as rules for Suricata 7, as far as its language can say it."""

import zlib
from collections.abc import Iterable, Iterator
from itertools import groupby, product
from typing import assert_never

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.expression import AllOf, AnyOf, Expression, Op, Term
from nmapwatchd.core.matching.matcher import Base, Matcher
from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.core.observation import Transport
from nmapwatchd.core.rule import Confidence
from nmapwatchd.exports import suricata_dns
from nmapwatchd.exports.suricata_language import (
    InexpressibleError,
    Test,
    content_at,
    literal,
    pattern,
)
from nmapwatchd.exports.suricata_places import presence
from nmapwatchd.exports.suricata_terms import tests_of

# Rule numbers for local use begin here (Suricata's rule format, "sid"); the rest comes from the
# signature's name, so that a rule keeps its number.
FIRST_SID = 1_000_000
SIDS = 900_000
# Rules that one signature may become, one for each way in which it can hold.
MAXIMUM_RULES = 64
# Of a matcher whose messages begin in more ways, one pattern says all of them.
MAXIMUM_OPENINGS = 4
# As often as this, in seconds, a rule alerts about the same source: once for a scan.
LIMIT = 30

_HEAD = """\
# Rules exported by nmapwatchd for Suricata 7. Where a rule is switched off, by a # before it, its
# signature is shared with others: nmapwatchd alerts only where several of them add up, which these
# rules cannot do. What Suricata cannot express is listed at the end, with the reason.
"""

# How a rule's head says which ports are meant.
_PORTS = {Op.IS: "{}", Op.AT_LEAST: "{}:", Op.AT_MOST: ":{}"}

Conjunction = tuple[Term, ...]


def suricata(catalogue: Catalogue) -> str:
    """Return rules, those of shared signatures switched off, and in comments why some have none."""
    written, left_out = [], []
    sids: dict[int, str] = {}
    for chapter in catalogue.matcher_rules:
        for row in chapter.signatures:
            try:
                rules = list(_rules(row, chapter.matcher, sids))
            except InexpressibleError as reason:
                left_out.append(f"# {row.id}: {reason}")
                continue
            switch = "" if row.confidence is Confidence.EXCLUSIVE else "# "
            written += [switch + rule for rule in rules]
    return _HEAD + "\n".join([*written, "", "# Left out:", *left_out, ""])


def _rules(row: Signature, matcher: Matcher, sids: dict[int, str]) -> Iterator[str]:
    if row.correlate is not None:
        raise InexpressibleError("it takes several packets that agree in a field")
    ways = list(_ways(row.match))
    if len(ways) > MAXIMUM_RULES:
        raise InexpressibleError(f"it would be {len(ways)} rules")
    for number, way in enumerate(ways):
        for transport in matcher.transports:
            if not all(_possible(term, matcher, transport) for term in way):
                continue
            for place, opening in enumerate(_openings(matcher, transport, way)):
                name = f"{row.id}/{number}/{transport.value}" + f"/{place}" * (place > 0)
                tests = _tests(way, matcher, transport, opening)
                head = _head(transport, way)
                yield _rule(row, head, tests, _sid(name, sids))


def _possible(term: Term, matcher: Matcher, transport: Transport) -> bool:
    """Tell whether a term can hold over a transport."""
    field = matcher.field_named(term.field)
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


def _rule(row: Signature, head: str, tests: str, sid: int) -> str:
    title = row.title.translate(str.maketrans('";\\', "'.,"))
    return (
        f'alert {head} (msg:"nmap: {title}"; {tests} '
        f"threshold:type limit, track by_src, seconds {LIMIT}, count 1; "
        f"classtype:network-scan; metadata:nmapwatchd {row.id}; sid:{sid}; rev:1;)"
    )


def _head(transport: Transport, way: Conjunction) -> str:
    source, destination = (_ports(way, field) for field in ("source_port", "destination_port"))
    return f"{transport.value} any {source} -> any {destination}"


def _ports(way: Conjunction, field: str) -> str:
    asked = {_PORTS[term.op].format(term.values[0]) for term in way if term.field == field}
    if len(asked) > 1:
        raise InexpressibleError(f"it asks twice for {field}")
    return asked.pop() if asked else "any"


def _tests(way: Conjunction, matcher: Matcher, transport: Transport, opening: list[Test]) -> str:
    """Return a rule's tests: those of the payload first, then each buffer with its own."""
    tests: list[Test] = []
    if matcher.name == "dns":
        way, tests = suricata_dns.split(way, transport)
    tests += [test for term in way for test in tests_of(term, matcher, transport)]
    # What Suricata reads in a request's own buffers is in a request.
    if not any(test.buffer.startswith("http.") for test in tests):
        tests = opening + tests
    wanted = [test for test in dict.fromkeys(tests) if test.text]
    if not wanted:
        raise InexpressibleError("nothing of it can be said")
    if sum(test.text.count("dsize:") for test in wanted) > 1:
        # What says the whole message says its size too.
        wanted = [test for test in wanted if not test.text.startswith("dsize:") or " " in test.text]
    wanted.sort(key=lambda test: test.buffer)
    # Bare packets belong to no connection that Suricata would have seen begin.
    said = ["flow:to_server;"] if transport is Transport.TCP and not matcher.headers_only else []
    for buffer, group in groupby(wanted, key=lambda test: test.buffer):
        said += [f"{buffer};"] if buffer else []
        said += [test.text for test in group]
    return " ".join(said)


def _openings(matcher: Matcher, transport: Transport, way: Conjunction) -> list[list[Test]]:
    """Return the ways in which a message may begin, where the terms do not say it themselves."""
    said = any(term.field == "payload" and term.op in (Op.IS, Op.STARTS) for term in way)
    starts = [o.tests for o in matcher.openings if o.transport is transport]
    if said or not starts:
        return [[]]
    fixed = [place for term in way if (place := _fixed(term, matcher, transport)) is not None]
    starts = [tests for tests in starts if not _contradicts(tests, fixed)]
    if len(starts) > MAXIMUM_OPENINGS:
        ways = "|".join("".join(map(_ahead, tests)) for tests in starts)
        return [[Test(pattern(f"\\A(?:{ways})"))]]
    return [[Test(content_at(value, at)) for at, value in start] for start in starts]


def _fixed(term: Term, matcher: Matcher, transport: Transport) -> tuple[int, bytes] | None:
    """Return the bytes that a term fixes, with their offset."""
    field = matcher.field_named(term.field)
    if field is None or term.op is not Op.IS or field.at is None or field.base is not Base.PAYLOAD:
        return presence(matcher.name, term)
    if field.mask or transport not in field.at:
        return None
    return field.at[transport], int(term.values[0]).to_bytes(field.size, field.order)


def _contradicts(tests: Iterable[tuple[int, bytes]], fixed: list[tuple[int, bytes]]) -> bool:
    """Tell whether two of some bytes at offsets cannot both stand there."""
    for at, value in tests:
        for other_at, other in fixed:
            start, end = max(at, other_at), min(at + len(value), other_at + len(other))
            overlap = slice(start - at, end - at), slice(start - other_at, end - other_at)
            if start < end and value[overlap[0]] != other[overlap[1]]:
                return True
    return False


def _ahead(test: tuple[int, bytes]) -> str:
    at, value = test
    return f"(?={f'.{{{at}}}' if at else ''}{literal(value)})"


def _sid(name: str, sids: dict[int, str]) -> int:
    """Return a rule's number; where two names share one, the later takes the next that is free."""
    sid = FIRST_SID + zlib.crc32(name.encode()) % SIDS
    while sids.setdefault(sid, name) != name:
        sid += 1
    return sid
