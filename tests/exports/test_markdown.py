from pathlib import Path

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.expression import AllOf, AnyOf, Op, Term
from nmapwatchd.core.matching.matcher import Field, Kind, Matcher
from nmapwatchd.core.matching.signature import Correlation
from nmapwatchd.exports import write
from nmapwatchd.exports.markdown import seen_on_the_wire
from nmapwatchd.exports.words import code, correlation_in_words, in_words
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.building import signature
from tests.golden import SEEN

DOCUMENT = Path(__file__).parents[2] / "docs" / "catalogue.md"
MATCHER = Matcher(
    name="test",
    title="Test",
    fields={"window": Field(Kind.NUMBER, "window"), "word": Field(Kind.TEXT, "w")},
)


def term(field: str, *values: str, op: Op = Op.IS) -> Term:
    return Term(field, op, values)


def test_the_document_is_what_the_command_writes() -> None:
    assert DOCUMENT.read_text() == write(shipped_catalogue(), "markdown"), "run: make documents"


def test_every_signature_has_a_paragraph_with_what_tells_it_and_where_it_is_from() -> None:
    page = write(shipped_catalogue(), "markdown")

    for row in shipped_catalogue().signatures:
        _, _, paragraph = page.partition(f"\n### {row.id}\n")
        paragraph = paragraph.partition("\n#")[0]
        assert row.source in paragraph
        assert "- detected by: " in paragraph
        assert ("; not captured" in paragraph) is (row.id not in seen_on_the_wire())


def test_what_was_seen_on_the_wire_is_a_signature() -> None:
    known = {row.id for row in shipped_catalogue().signatures}

    assert set(SEEN.read_text().split()) <= known
    assert len(seen_on_the_wire()) > 200


def test_what_must_hold_is_said_in_words() -> None:
    match = AllOf(
        (
            term("payload", "GET\r\n|", op=Op.STARTS),
            AnyOf((term("window", "1024", "2048"), term("word", "a`b", op=Op.CONTAINS))),
            term("size", "12", op=Op.AT_LEAST),
        )
    )

    assert in_words(match, MATCHER) == (
        "payload starts with `GET|0d 0a 7c|` and (window is one of 1024 (0x400), 2048 (0x800), "
        "or word contains `` a`b ``) and size is at least 12"
    )


def test_several_packets_are_said_in_words() -> None:
    assert correlation_in_words(Correlation(("sequence",), ("destination_port",), 2, ("ttl",))) == (
        "in 2 packets that differ in destination port and share sequence, with varying ttl"
    )


def test_a_value_cannot_end_its_code_span() -> None:
    assert code("a`b") == "`` a`b ``"


def test_nothing_of_a_signature_is_markup() -> None:
    row = signature("loud")
    page = write(Catalogue.of([Matcher(name="test", title="<b>*Test*")], [row]), "markdown")

    assert "\n## \\<b\\>\\*Test\\*\n" in page
