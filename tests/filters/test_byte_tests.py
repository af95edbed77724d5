from dataclasses import replace

import pytest

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.expression import AllOf, AnyOf, Expression, Op, Term
from nmapwatchd.core.matching.matcher import BOTH, Base, Field, Kind, Matcher, Opening, opening
from nmapwatchd.core.observation import Transport
from nmapwatchd.filters.byte_tests import (
    MAXIMUM_PREFIX,
    Alternative,
    Bound,
    Bytes,
    ByteTest,
    Port,
    alternatives,
    opening_tests,
    term_tests,
)
from tests.building import signature

TCP, UDP = Transport.TCP, Transport.UDP

FIELDS = {
    "word": Field(Kind.TEXT, "text that the matcher reads", encoding="latin-1"),
    "number": Field(Kind.NUMBER, "in the payload", at={TCP: 4, UDP: 2}, size=2),
    "little": Field(Kind.NUMBER, "little-endian", at={TCP: 6}, size=2, order="little"),
    "high": Field(
        Kind.NUMBER, "bits of a header", tshark="t.h", at={TCP: 12}, base=Base.HEADER, size=1,
        mask=0xF0, shift=2,
    ),
    "low": Field(
        Kind.NUMBER, "more of its bits", tshark="t.l", at={TCP: 12}, base=Base.HEADER, size=2,
        mask=0x0FFF,
    ),
    "middle": Field(
        Kind.NUMBER, "bits that overlap them", tshark="t.m", at={TCP: 13}, base=Base.HEADER, size=2,
        mask=0x00FF,
    ),
    "ttl": Field(Kind.NUMBER, "of IPv4", tshark="ip.ttl", at={TCP: 8}, base=Base.IPV4, size=1),
    "options": Field(Kind.BYTES, "a header's", tshark="t.o", at={TCP: 20}, base=Base.HEADER),
    "decoded": Field(Kind.NUMBER, "by tshark only", tshark="t.d"),
}  # fmt: skip
OPENING = opening(b"AB", (4, b"\x01"))


def matcher(*openings: Opening, transports: tuple[Transport, ...] = (TCP,)) -> Matcher:
    return Matcher("test", "Test", openings=openings, fields=FIELDS, transports=transports)


def term(field: str, *values: str, op: Op = Op.IS) -> Term:
    return Term(field, op, values)


def sets_of(tested: Term, transport: Transport = TCP) -> list[frozenset[ByteTest]]:
    return list(term_tests(tested, matcher(), transport))


def only(tested: Term) -> ByteTest:
    """Return the only test of a term of one value."""
    ((test,),) = sets_of(tested)
    return test


def compiled(match: Expression, read: Matcher | None = None) -> set[Alternative]:
    read = read or matcher()
    row = replace(signature("row"), match=match)
    (rules,) = Catalogue.of([read], [row]).matcher_rules
    return alternatives(rules)


def test_a_payload_is_compared_by_its_first_bytes() -> None:
    assert only(term("payload", "GET / HTTP", op=Op.STARTS)) == Bytes(0, b"GET ")
    assert only(term("payload", "ab")) == Bytes(0, b"ab")
    assert only(term("payload", "\xff\x00")) == Bytes(0, b"\xff\x00")
    assert MAXIMUM_PREFIX == 4


@pytest.mark.parametrize("op", [Op.CONTAINS, Op.ENDS, Op.MATCHES, Op.IS_NOT])
def test_a_payload_compared_anywhere_fixes_nothing(op: Op) -> None:
    assert sets_of(term("payload", "abc", op=op)) == [frozenset()]


def test_an_empty_payload_fixes_nothing() -> None:
    assert sets_of(term("payload", "")) == [frozenset()]


def test_a_destination_port_is_compared_if_it_is_one_number() -> None:
    assert only(term("destination_port", "21")) == Port(21)
    assert sets_of(term("destination_port", "21", op=Op.AT_LEAST)) == [frozenset()]


def test_a_transport_excludes_the_others() -> None:
    assert sets_of(term("transport", "tcp")) == [frozenset()]
    assert sets_of(term("transport", "udp")) == []


def test_what_has_no_offset_fixes_nothing() -> None:
    for field in ("word", "decoded", "source_port", "size"):
        assert sets_of(term(field, "7")) == [frozenset()]


def test_a_number_is_compared_at_its_transports_offset_and_in_its_order() -> None:
    assert sets_of(term("number", "513")) == [{Bytes(4, b"\x02\x01")}]
    assert sets_of(term("number", "513"), UDP) == [{Bytes(2, b"\x02\x01")}]
    assert only(term("little", "513")) == Bytes(6, b"\x01\x02")


def test_a_field_that_a_transport_lacks_excludes_it() -> None:
    assert sets_of(term("little", "513"), UDP) == []


def test_some_bits_are_compared_under_their_mask_and_shifted() -> None:
    assert only(term("high", "24")) == Bytes(12, b"\x60", Base.HEADER, b"\xf0")
    assert only(term("low", "2")) == Bytes(12, b"\x00\x02", Base.HEADER, b"\x0f\xff")


def test_a_bound_is_compared_in_headers_of_whole_bytes_only() -> None:
    assert only(term("ttl", "33", op=Op.AT_LEAST)) == Bound(8, 1, Base.IPV4, Op.AT_LEAST, 33)
    assert only(term("ttl", "59", op=Op.AT_MOST)) == Bound(8, 1, Base.IPV4, Op.AT_MOST, 59)
    assert sets_of(term("high", "20", op=Op.AT_LEAST)) == [frozenset()]
    assert sets_of(term("number", "20", op=Op.AT_MOST)) == [frozenset()]


def test_bytes_of_a_header_are_compared_by_their_first_ones() -> None:
    assert only(term("options", "\x02\x04\x05\xb4\x04\x02")) == Bytes(
        20, b"\x02\x04\x05\xb4", Base.HEADER
    )
    assert only(term("options", "\x02", op=Op.STARTS)) == Bytes(20, b"\x02", Base.HEADER)
    assert sets_of(term("options", "\x02", op=Op.CONTAINS)) == [frozenset()]
    assert sets_of(term("options", "")) == [frozenset()]


def test_each_value_is_an_alternative() -> None:
    assert sets_of(term("number", "1", "2")) == [{Bytes(4, b"\0\1")}, {Bytes(4, b"\0\2")}]


def test_an_opening_is_a_test_for_each_of_its_bytes() -> None:
    assert opening_tests(OPENING) == {Bytes(0, b"AB"), Bytes(4, b"\x01")}


def test_a_signature_has_the_tests_of_its_terms_and_of_each_opening() -> None:
    read = matcher(opening(b"AB"), opening(b"CD"), opening(b"EF", over=UDP))

    assert compiled(term("little", "513"), read) == {
        (TCP, frozenset({Bytes(0, b"AB"), Bytes(6, b"\x01\x02")})),
        (TCP, frozenset({Bytes(0, b"CD"), Bytes(6, b"\x01\x02")})),
    }


def test_a_signature_has_the_tests_of_each_transport() -> None:
    assert compiled(term("number", "1"), matcher(transports=BOTH)) == {
        (TCP, frozenset({Bytes(4, b"\0\1")})),
        (UDP, frozenset({Bytes(2, b"\0\1")})),
    }


def test_branches_are_alternatives_and_parts_are_combined() -> None:
    either = AnyOf((term("payload", "x"), term("payload", "y")))

    assert compiled(AllOf((either, term("number", "1")))) == {
        (TCP, frozenset({Bytes(0, b"x"), Bytes(4, b"\0\1")})),
        (TCP, frozenset({Bytes(0, b"y"), Bytes(4, b"\0\1")})),
    }


@pytest.mark.parametrize(
    "parts",
    [
        (term("destination_port", "21"), term("destination_port", "22")),
        (term("payload", "abc"), term("payload", "abd", op=Op.STARTS)),
        (term("payload", "abcde\x00", op=Op.STARTS), term("payload", "b", op=Op.STARTS)),
        (term("high", "20"), term("high", "24")),
    ],
)
def test_tests_that_exclude_each_other_are_no_alternative(parts: tuple[Term, Term]) -> None:
    assert compiled(AllOf(parts)) == set()


def test_an_opening_that_a_term_excludes_is_no_alternative() -> None:
    read = matcher(opening(b"AB", (4, b"\x01")), opening(b"CD", (4, b"\x02")))

    assert compiled(term("number", "256"), read) == {
        (TCP, frozenset({Bytes(0, b"AB"), Bytes(4, b"\x01"), Bytes(4, b"\x01\x00")}))
    }


def test_tests_that_overlap_and_agree_are_combined() -> None:
    parts = (term("payload", "ab", op=Op.STARTS), term("payload", "abcd"))

    assert compiled(AllOf(parts)) == {(TCP, frozenset({Bytes(0, b"ab"), Bytes(0, b"abcd")}))}


def test_bits_of_one_load_are_one_test() -> None:
    parts = (term("high", "24"), term("low", "2"))

    assert compiled(AllOf(parts)) == {(TCP, frozenset({Bytes(12, b"\x60\x02", Base.HEADER)}))}


def test_bits_apart_from_each_other_keep_their_masks() -> None:
    both = AllOf((term("high", "24"), term("ttl", "64")))

    assert compiled(both) == {
        (TCP, frozenset({
            Bytes(12, b"\x60", Base.HEADER, b"\xf0"), Bytes(8, b"\x40", Base.IPV4)
        }))
    }  # fmt: skip


def test_bits_that_one_load_covers_in_part_stay_apart() -> None:
    both = AllOf((term("low", "2"), term("middle", "7")))

    assert compiled(both) == {
        (TCP, frozenset({
            Bytes(12, b"\x00\x02", Base.HEADER, b"\x0f\xff"),
            Bytes(13, b"\x02\x07", Base.HEADER),  # its first byte is known of the other
        }))
    }  # fmt: skip
