"""A matcher reads its messages, and the fields that its signatures can test."""

from dataclasses import replace

import pytest

from nmapwatchd.core.matching.matcher import (
    BOTH,
    COMMON_FIELDS,
    Field,
    Kind,
    Matcher,
    Opening,
    common_fields,
    opening,
)
from nmapwatchd.core.observation import Fields, Transport
from tests.building import observation

TCP, UDP = Transport.TCP, Transport.UDP


def reverse(payload: bytes, transport: Transport) -> Fields:
    return {"reversed": (payload[::-1].decode(),), "size": ("not the matcher's",),
            "over": (transport.value,)}  # fmt: skip


MATCHER = Matcher(
    name="test",
    title="Test",
    openings=(opening(b"GE"), opening((1, b"x"), b"P", over=UDP)),
    fields={
        "reversed": Field(Kind.TEXT, "the payload in reverse"),
        "decoded": Field(Kind.TEXT, "what tshark decodes", tshark="a.b"),
        "number": Field(Kind.NUMBER, "two bytes", at={TCP: 1, UDP: 0}, size=2),
        "little": Field(Kind.NUMBER, "two bytes", at={TCP: 1}, size=2, order="little"),
    },
    read=reverse,
)


def test_an_opening_tests_each_of_its_offsets() -> None:
    start = opening(b"a", (2, b"cd"))

    assert start == Opening(TCP, ((0, b"a"), (2, b"cd")))
    assert start.accepts(b"abcd")
    assert start.accepts(b"a cde")
    assert not start.accepts(b"b cd")
    assert not start.accepts(b"a c")
    assert not start.accepts(b"")


def test_an_opening_allows_a_first_byte_unless_a_test_of_it_fails() -> None:
    assert opening(b"ab").allows_first_byte(0x61)
    assert not opening(b"ab").allows_first_byte(0x62)
    assert opening((1, b"b")).allows_first_byte(0x7A)
    assert not opening((1, b"b"), b"a").allows_first_byte(0x7A)


@pytest.mark.parametrize(
    ("payload", "transport", "expected"),
    [
        (b"GET", TCP, True),
        (b"GET", UDP, False),
        (b"Px", UDP, True),
        (b"Px", TCP, False),
        (b"PUT", TCP, False),
        (b"", TCP, False),
        (b"GET", Transport.SCTP, False),
    ],
)
def test_a_matcher_accepts_messages_with_one_of_its_openings(
    payload: bytes, transport: Transport, expected: bool
) -> None:
    assert MATCHER.accepts(observation(payload=payload, transport=transport)) is expected


def test_without_openings_a_matcher_accepts_every_payload() -> None:
    matcher = Matcher(name="test", title="Test")

    assert matcher.transports == BOTH
    assert matcher.accepts(observation(payload=b"\0"))
    assert not matcher.accepts(observation(payload=b""))


def test_a_matcher_of_headers_accepts_packets_without_payload() -> None:
    matcher = Matcher(name="test", title="Test", reads_headers=True)

    assert matcher.accepts(observation(payload=b""))
    assert matcher.accepts(observation(payload=b"\0"))


def test_a_field_is_the_matcher_s_own_or_a_common_one() -> None:
    assert MATCHER.field_named("number") is MATCHER.fields["number"]
    assert MATCHER.field_named("payload") is COMMON_FIELDS["payload"]
    assert MATCHER.field_named("other") is None


def test_located_fields_are_those_that_the_matcher_does_not_derive() -> None:
    assert [name for name, _ in MATCHER.located] == ["decoded", "number", "little"]


def test_common_fields_describe_the_packet() -> None:
    seen = observation(payload=b"\0\xff", transport=UDP, source_port=7, destination_port=9)

    assert common_fields(seen) == {
        "payload": ("\0\xff",),
        "size": ("2",),
        "transport": ("udp",),
        "destination": ("10.0.0.8",),
        "destination_port": ("9",),
        "source_port": ("7",),
    }
    assert common_fields(seen).keys() == COMMON_FIELDS.keys()


def test_all_fields_are_the_common_the_derived_and_the_located_ones() -> None:
    seen = observation(payload=b"G\x01\x02", decoded={"a.b": ("1", "2")})

    assert MATCHER.fields_of(seen) == {
        **common_fields(seen),
        "reversed": ("\x02\x01G",),
        "over": ("tcp",),
        "decoded": ("1", "2"),
        "number": ("258",),
        "little": ("513",),
    }


def test_a_matcher_that_derives_nothing_has_the_common_fields() -> None:
    common = common_fields(observation(payload=b"a"))

    assert Matcher(name="a", title="A").own_fields(observation(payload=b"a"), common) is common


def test_a_number_beyond_the_payload_or_over_another_transport_is_missing() -> None:
    short = observation(payload=b"G\x01")
    over_udp = observation(payload=b"\x01\x02", transport=UDP)

    assert MATCHER.located_fields(short, MATCHER.located) == {"decoded": ()}
    assert MATCHER.located_fields(over_udp, MATCHER.located) == {"decoded": (), "number": ("258",)}
    assert MATCHER.located_fields(short, ()) == {}


def test_two_matchers_of_the_same_protocol_are_equal() -> None:
    assert replace(MATCHER) == MATCHER
