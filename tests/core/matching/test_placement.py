"""A field's placement agrees with the matcher's reader, on every golden and on examples."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from nmapwatchd.core.matching.matcher import Base, Field, Kind, Matcher
from nmapwatchd.core.matching.placement import (
    AfterMarkers,
    Anywhere,
    AtOffset,
    CountedList,
    DerElement,
    DnsPart,
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
from nmapwatchd.matchers import MATCHERS
from tests.building import observation
from tests.matchers.test_tds import LOGIN
from tests.payloads import golden_payloads

Read = tuple[Matcher, str, Field, str, bytes, Transport]


def reads() -> Iterator[Read]:
    """Yield each value of a field with a placement that a matcher reads in the goldens."""
    # No golden has a TDS login.
    known = [*golden_payloads(), (Transport.TCP, 1433, LOGIN)]
    for matcher in MATCHERS.values():
        placed = {name: field for name, field in matcher.fields.items() if field.placement}
        if not placed:
            continue
        for transport, _port, payload in known:
            if not matcher.accepts(observation(payload=payload, transport=transport)):
                continue
            values = matcher.read(payload, transport)
            for name, field in placed.items():
                for value in values.get(name, ()):
                    yield matcher, name, field, value, payload, transport


def is_located(  # noqa: C901, PLR0912 - one case for each type of placement
    placement: Placement, value: bytes, payload: bytes, transport: Transport
) -> bool:
    """Return whether a value is in a payload, at its placement."""
    text = re.escape(value)
    match placement:
        case AtOffset(offset, size):
            return payload[offset : offset + size] == value
        case ToEnd(offset):
            return payload.endswith(value) and offset in (None, len(payload) - len(value))
        case Anywhere():
            return value in payload
        case RepeatedByte():
            return payload == bytes([int(value)]) * len(payload)
        case FirstWord(end):
            return _found(rb"\A" + text + end.encode(), payload)
        case InLine(before, after):
            return _found(before.encode() + text + after.encode(), payload)
        case HeaderValue(names):
            name = "|".join(map(re.escape, names)).encode()
            return _found(rb"^(?i:" + name + rb")[ \t]*:[ \t]*" + text + rb"[ \t]*\r?$", payload)
        case HttpHeader(name):
            line = rb"^(?i:" + re.escape(name).encode() + rb")[ \t]*:[ \t]*"
            return _found(line + text + rb"[ \t]*\r?$", payload)
        case HttpPart.HEADER_NAMES | HttpPart.SORTED_HEADER_NAMES:
            lines = payload.partition(b"\r\n\r\n")[0].lower().split(b"\r\n")[1:]
            names_sent = [line.partition(b":")[0].strip() for line in lines if b":" in line]
            return sorted(value.split(b",")) == sorted(names_sent) or not names_sent
        case HttpPart.FOREIGN_HEADER_NAMES:
            return all(name in payload.lower() for name in value.split(b","))
        case HttpPart():
            return value in payload
        case DnsRequest(DnsPart.NAME, at):
            wire = b"".join(bytes([len(label)]) + label for label in value.split(b"."))
            return payload[at[transport] :].startswith(wire if value else b"\0")
        case DnsRequest(_, at):
            return int(value).to_bytes(2) in payload[at[transport] :]
        case LengthPrefixed(size, after):
            prefixed = len(value).to_bytes(size) + value
            if after is None:
                return prefixed in payload
            start = after.at + after.size
            start += int.from_bytes(payload[after.at : start])
            return payload[start:].startswith(prefixed)
        case CountedList(at, item_size, count_at):
            count = int.from_bytes(payload[count_at : count_at + 2], "little")
            return payload[at:].startswith(value) and len(value) == item_size * count
        case TableEntry(at, origin, unit):
            start, length = (int.from_bytes(payload[n : n + 2], "little") for n in (at, at + 2))
            return payload[origin + start :][: unit * length] == value
        case TlsExtension(kind, size):
            vector = len(value).to_bytes(size) + value
            return kind.to_bytes(2) + len(vector).to_bytes(2) + vector in payload
        case DerElement(tags):
            for tag in reversed(tags):
                value = bytes([tag, len(value)]) + value
            return value in payload
        case Terminated(terminator):
            return value + terminator in payload
        case AfterMarkers(markers, distance, terminator):
            position = 0
            for marker in markers:
                limit = position + marker.within if marker.within else len(payload)
                found = payload.find(marker.value, position, limit)
                if found < 0:
                    return False
                position = found + len(marker.value)
            if distance is None:
                return True
            return payload[position + distance :].startswith(value + terminator)
        case Fingerprint():
            return True  # a digest, which is in no payload


def _found(pattern: bytes, payload: bytes) -> bool:
    return re.search(pattern, payload, re.MULTILINE | re.DOTALL) is not None


READS = list(reads())


@pytest.mark.parametrize(
    "name", sorted(name for name, matcher in MATCHERS.items() if any(
        field.placement and not field.tshark for field in matcher.fields.values()
    ))
)  # fmt: skip
def test_every_value_that_is_read_is_at_its_placement(name: str) -> None:
    found = [one for one in READS if one[0].name == name]

    assert found
    for matcher, field_name, field, value, payload, transport in found:
        if not value and field.kind is not Kind.NUMBER:
            continue
        assert field.placement is not None
        raw = value.encode(field.encoding or "latin-1")
        assert is_located(field.placement, raw, payload, transport), (
            matcher.name, field_name, value, payload[:80],
        )  # fmt: skip


def test_most_placements_are_compared_with_many_values() -> None:
    kinds = Counter(type(field.placement) for _, _, field, *_ in READS)

    assert sum(kinds.values()) > 2_000
    assert len(kinds) >= 16


def test_the_presence_of_a_field_is_in_every_message_that_has_it() -> None:
    for matcher, name, field, value, payload, _ in READS:
        if field.presence is not None:
            offset, expected = field.presence
            assert payload.startswith(expected, offset), (matcher.name, name, value)


def test_a_placement_in_a_header_is_where_another_field_of_it_is() -> None:
    ttl, hops = (MATCHERS["sip"].fields[name] for name in ("stack_ttl", "stack_hops"))

    assert ttl.placement == AtOffset(8, 1)
    assert hops.placement == AtOffset(7, 1)
    assert MATCHERS["tcp"].fields["ttl"].at == {Transport.TCP: 8}
    assert MATCHERS["tcp"].fields["hop_limit"].at == {Transport.TCP: 7}
    assert (ttl.base, hops.base) == (Base.IPV4, Base.IPV6)
    assert ttl.at is hops.at is None, "the kernel does not compare them"


def test_a_field_without_encoding_has_only_a_placement_that_needs_none() -> None:
    for matcher in MATCHERS.values():
        for name, field in matcher.fields.items():
            if field.placement is not None and not field.encoding:
                assert isinstance(
                    field.placement, AtOffset | DnsRequest | Fingerprint | HttpPart | RepeatedByte
                ), (matcher.name, name)
