"""
Export the catalogue as a display filter, for Wireshark or for `tshark -Y`.

A term that the filter cannot compare is replaced by what its matcher requires of every message,
never by false. Versions 4.0 and 4.4 read the filter alike. The sensor does not use it: tshark
evaluates one test after the other, so that its cost grows with the catalogue, unlike the index's.
"""

from typing import assert_never

from nmapwatchd.core.matching.catalogue import Catalogue, MatcherRules
from nmapwatchd.core.matching.expression import AllOf, AnyOf, Expression, Op, Term
from nmapwatchd.core.matching.first_byte import ANY_BYTE, first_bytes
from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, Opening
from nmapwatchd.core.observation import Transport
from nmapwatchd.exports.wireshark_arms import Arm, arranged
from nmapwatchd.filters.byte_tests import (
    Bound,
    Bytes,
    ByteTest,
    Port,
    opening_tests,
    term_tests,
)

# Bytes compared of a literal anywhere in a payload: enough to be rare.
MAXIMUM_NEEDLE = 12
# Bytes compared of a literal at its start.
MAXIMUM_START = 16


def wireshark(catalogue: Catalogue) -> str:
    """Return a filter, in one line, that passes what some signature may match."""
    filters = []
    for transport in Transport:
        of_payload: list[Arm] = []
        for rules in catalogue.matcher_rules:
            if transport not in rules.matcher.transports:
                continue
            arms = _arms(rules, transport)
            if rules.matcher.reads_headers:  # of packets without payload, too
                filters += [f"({transport.value} && ({arm.text}))" for arm in arms]
            else:
                of_payload += arms
        if of_payload:
            payload = f"{transport.value}.payload"
            filters.append(f"({payload} && ({arranged(of_payload, payload)}))")
    return " || ".join(filters) + "\n"


def _arms(rules: MatcherRules, transport: Transport) -> list[Arm]:
    """Return a matcher's arms: one for the signatures that allow the same first bytes."""
    matcher = rules.matcher
    openings = [o for o in matcher.openings if o.transport is transport]
    opened = frozenset(b for b in ANY_BYTE if any(o.allows_first_byte(b) for o in openings))
    texts_by_first: dict[frozenset[int], set[str]] = {}
    for signature in rules.signatures:
        text = _expression(signature.match, matcher, transport)
        first = first_bytes(signature.match, matcher, transport) & (
            opened if openings else ANY_BYTE
        )
        if text is not None and first:
            texts_by_first.setdefault(first, set()).add(text)
    return [
        Arm(
            _arm([o for o in openings if any(map(o.allows_first_byte, first))], texts, transport),
            first,
        )
        for first, texts in texts_by_first.items()
    ]


def _arm(openings: list[Opening], texts: set[str], transport: Transport) -> str:
    """Return a filter for some openings and any of the texts after them."""
    presence = _any(
        [_all([_test(t, transport) for t in _sorted(opening_tests(o))]) for o in openings]
    )
    return presence if "" in texts else _all([presence, _any(sorted(texts))])


def _expression(expression: Expression, matcher: Matcher, transport: Transport) -> str | None:
    """Return a filter, '' if every message of the matcher may pass, None if none can."""
    match expression:
        case Term():
            return _term(expression, matcher, transport)
        case AllOf(parts):
            written = [_expression(part, matcher, transport) for part in parts]
            if None in written:
                return None
            return _all([text for text in written if text])
        case AnyOf(parts):
            branches = [_expression(part, matcher, transport) for part in parts]
            possible = [text for text in branches if text is not None]
            if not possible:
                return None
            return "" if "" in possible else _any(possible)
        case _:
            assert_never(expression)


def _term(term: Term, matcher: Matcher, transport: Transport) -> str | None:
    field = matcher.field_named(term.field)
    if field is None:
        raise ValueError(f"no field {term.field} in {matcher.name}")
    if field.tshark:
        return _any([_decoded(field, term.op, value) for value in term.values])
    if term.field == "size" and term.op is Op.IS:
        name, header = ("tcp.len", 0) if transport is Transport.TCP else ("udp.length", 8)
        return _any([f"{name} == {int(value) + header}" for value in term.values])
    if term.field == "payload" or field.encoding:
        return _any([_in_payload(term, field, value, transport) for value in term.values])
    alternatives = [
        _all([_test(test, transport) for test in _sorted(tests)])
        for tests in term_tests(term, matcher, transport)
    ]
    if not alternatives:
        return None
    return "" if "" in alternatives else _any(alternatives)


def _in_payload(term: Term, field: Field, value: str, transport: Transport) -> str:
    """Return a test for a literal at the payload's start or anywhere in it."""
    literal = value.encode(field.encoding or "latin-1")
    if term.op in (Op.MATCHES, Op.IS_NOT) or not literal:
        return ""
    payload = f"{transport.value}.payload"
    if term.field == "payload" and term.op in (Op.IS, Op.STARTS):
        return _test(Bytes(0, literal[:MAXIMUM_START]), transport)
    return f"{payload} contains {_bytes(literal[:MAXIMUM_NEEDLE])}"


def _decoded(field: Field, op: Op, value: str) -> str:
    """Return a test for a field that tshark decodes."""
    name = field.tshark
    if not value:
        return name
    match field.kind, op:
        case (Kind.NUMBER, Op.IS):
            return f"{name} == {value}"
        case (Kind.NUMBER, Op.AT_LEAST):
            return f"{name} >= {value}"
        case (Kind.NUMBER, Op.AT_MOST):
            return f"{name} <= {value}"
        case (Kind.BYTES, Op.IS):
            return f"{name} == {_bytes(value.encode('latin-1'))}"
        case (Kind.BYTES, Op.CONTAINS | Op.STARTS | Op.ENDS):
            return f"{name} contains {_bytes(value.encode('latin-1'))}"
        case (Kind.TEXT, Op.IS):
            return f"{name} == {_quoted(value)}"
        case (Kind.TEXT, Op.CONTAINS | Op.STARTS | Op.ENDS):
            return f"{name} contains {_quoted(value)}"
        case _:
            return name


def _test(test: ByteTest, transport: Transport) -> str:
    match test:
        case Port(number):
            return f"{transport.value}.dstport == {number}"
        case Bytes(offset, value):
            return f"{transport.value}.payload[{offset}:{len(value)}] == {_bytes(value)}"
        case Bound():
            raise ValueError("tshark decodes every field that has a bound")
        case _:
            assert_never(test)


def _bytes(value: bytes) -> str:
    # tshark 4.4 reads a single byte in hexadecimal as a decimal number.
    return value.hex(":") if len(value) > 1 else f'"\\x{value.hex()}"'


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _sorted(tests: frozenset[ByteTest]) -> list[ByteTest]:
    return sorted(tests, key=lambda t: (isinstance(t, Bytes), str(t)))


def _all(parts: list[str]) -> str:
    return " && ".join(f"({p})" if " || " in p else p for p in parts if p)


def _any(parts: list[str]) -> str:
    distinct = list(dict.fromkeys(parts))
    return " || ".join(f"({p})" if " && " in p and len(distinct) > 1 else p for p in distinct)
