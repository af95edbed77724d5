from dataclasses import replace

import pytest

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.expression import AllOf, AnyOf, Expression, Op, Term
from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.observation import Transport
from nmapwatchd.exports.wireshark import MAXIMUM_NEEDLE, MAXIMUM_START, wireshark
from nmapwatchd.matchers import MATCHERS
from tests.building import signature

MATCHER = Matcher(
    name="test",
    title="Test",
    transports=(Transport.TCP,),
    fields={
        "word": Field(Kind.TEXT, "text", encoding="latin-1"),
        "number": Field(Kind.NUMBER, "at an offset", at={Transport.TCP: 4}, size=2),
        "decoded": Field(Kind.NUMBER, "by tshark", tshark="t.number"),
        "text": Field(Kind.TEXT, "by tshark", tshark="t.text"),
        "raw": Field(Kind.BYTES, "by tshark", tshark="t.raw"),
        "derived": Field(Kind.NUMBER, "by the matcher"),
    },
)


def term(field: str, *values: str, op: Op = Op.IS) -> Term:
    return Term(field, op, values)


def written(match: Expression, matcher: Matcher = MATCHER) -> str:
    row = replace(signature("row"), id=f"{matcher.name}.row", matcher=matcher.name, match=match)
    return wireshark(Catalogue.of([matcher], [row])).rstrip("\n")


def carried(text: str) -> str:
    """Return the filter of messages with a payload over TCP."""
    return f"(tcp.payload && (({text})))"


@pytest.mark.parametrize(
    ("match", "text"),
    [
        (term("payload", "abc"), "tcp.payload[0:3] == 61:62:63"),
        (term("payload", "a"), 'tcp.payload[0:1] == "\\x61"'),
        (term("payload", "abc", op=Op.CONTAINS), "tcp.payload contains 61:62:63"),
        (term("payload", "abc", op=Op.ENDS), "tcp.payload contains 61:62:63"),
        (term("word", "abc"), "tcp.payload contains 61:62:63"),
        (term("number", "513"), "tcp.payload[4:2] == 02:01"),
        (term("destination_port", "21"), "tcp.dstport == 21"),
        (term("size", "9"), "tcp.len == 9"),
        (term("decoded", "7"), "t.number == 7"),
        (term("decoded", "7", op=Op.AT_LEAST), "t.number >= 7"),
        (term("decoded", "7", op=Op.AT_MOST), "t.number <= 7"),
        (term("text", 'a"b\\'), 't.text == "a\\"b\\\\"'),
        (term("text", "ab", op=Op.ENDS), 't.text contains "ab"'),
        (term("text", "a.b", op=Op.MATCHES), "t.text"),
        (term("text", "a.b", op=Op.IS_NOT), "t.text"),
        (term("text", ""), "t.text"),
        (term("raw", "ab"), "t.raw == 61:62"),
        (term("raw", "ab", op=Op.STARTS), "t.raw contains 61:62"),
    ],
)
def test_a_term_is_a_test(match: Term, text: str) -> None:
    assert written(match) == carried(text)


def test_a_long_literal_is_compared_in_part() -> None:
    long = "".join(map(chr, range(0x40, 0x60)))

    assert f"[0:{MAXIMUM_START}] == 40:41" in written(term("payload", long))
    assert written(term("word", long)).count(":") == MAXIMUM_NEEDLE - 1


@pytest.mark.parametrize(
    "match",
    [
        term("derived", "7"),
        term("word", "a.c", op=Op.MATCHES),
        term("word", "a.c", op=Op.IS_NOT),
        term("word", ""),
        term("size", "9", op=Op.AT_LEAST),
    ],
)
def test_a_term_that_cannot_be_compared_passes_every_message_of_its_matcher(match: Term) -> None:
    assert written(match, replace(MATCHER, openings=(opening(b"AB"),))) == carried(
        "tcp.payload[0:2] == 41:42"
    )
    assert written(AllOf((match, term("number", "1")))) == carried("tcp.payload[4:2] == 00:01")


def test_an_empty_payload_excludes_every_opening() -> None:
    assert written(term("payload", ""), replace(MATCHER, openings=(opening(b"AB"),))) == ""


def test_parts_are_joined_and_values_are_alternatives() -> None:
    assert written(AllOf((term("number", "1"), term("word", "ab")))) == carried(
        "tcp.payload[4:2] == 00:01 && tcp.payload contains 61:62"
    )
    assert written(term("number", "1", "2")) == carried(
        "(tcp.payload[4:2] == 00:01 || tcp.payload[4:2] == 00:02)"
    )


def test_alternatives_within_a_conjunction_are_grouped() -> None:
    match = AllOf((AnyOf((term("number", "1"), term("word", "ab"))), term("decoded", "7")))

    assert written(match) == carried(
        "((tcp.payload[4:2] == 00:01 || tcp.payload contains 61:62) && t.number == 7)"
    )


def test_a_branch_that_cannot_be_compared_passes_all() -> None:
    match = AnyOf((term("number", "1"), term("derived", "7")))
    read = replace(MATCHER, openings=(opening(b"AB", (4, b"C")),))

    assert written(match, read) == carried(
        'tcp.payload[0:2] == 41:42 && tcp.payload[4:1] == "\\x43"'
    )


def test_a_term_that_a_transport_excludes_has_no_filter_there() -> None:
    match = AllOf((term("transport", "udp"), term("payload", "ab")))
    read = replace(MATCHER, transports=(Transport.TCP, Transport.UDP))

    assert written(match, read) == "(udp.payload && ((udp.payload[0:2] == 61:62)))"


def test_a_datagrams_size_includes_its_header() -> None:
    match = term("size", "9")

    assert "udp.length == 17" in written(match, replace(MATCHER, transports=(Transport.UDP,)))


def test_a_matcher_of_headers_reads_packets_without_payload() -> None:
    assert written(term("flags", "2"), MATCHERS["tcp"]) == "(tcp && (tcp.flags == 2))"
