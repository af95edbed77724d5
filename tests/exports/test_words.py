import pytest

from nmapwatchd.core.matching.expression import AllOf, AnyOf, Op, Term
from nmapwatchd.core.matching.matcher import Field, Kind, Matcher
from nmapwatchd.core.matching.signature import Correlation
from nmapwatchd.exports.words import MAXIMUM_SHOWN, code, correlation_in_words, in_words

MATCHER = Matcher(
    name="test",
    title="Test",
    fields={"window": Field(Kind.NUMBER, "window"), "word": Field(Kind.TEXT, "w")},
)


def term(field: str, *values: str, op: Op = Op.IS) -> Term:
    return Term(field, op, values)


def test_an_expression_is_a_phrase() -> None:
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


def test_a_correlation_is_a_phrase() -> None:
    assert correlation_in_words(Correlation(("sequence",), ("destination_port",), 2, ("ttl",))) == (
        "in 2 packets that differ in destination port and share sequence, with varying ttl"
    )


def test_a_value_cannot_end_its_code_span() -> None:
    assert code("a`b") == "`` a`b ``"


def test_a_correlation_may_have_distinct_fields_only() -> None:
    assert correlation_in_words(Correlation((), ("name", "destination_port"), 6)) == (
        "in 6 packets that differ in name and destination port"
    )


@pytest.mark.parametrize(
    ("value", "span"),
    [("ab", "`ab`"), (" ab", "`  ab `"), ("ab ", "` ab  `"), ("`", "`` ` ``")],
)
def test_a_code_span_keeps_its_value(value: str, span: str) -> None:
    assert code(value) == span


@pytest.mark.parametrize(
    ("op", "phrase"),
    [
        (Op.IS, "word is `ab`"),
        (Op.CONTAINS, "word contains `ab`"),
        (Op.STARTS, "word starts with `ab`"),
        (Op.ENDS, "word ends with `ab`"),
        (Op.MATCHES, "word matches `ab`"),
    ],
)
def test_every_operator_has_words(op: Op, phrase: str) -> None:
    assert in_words(term("word", "ab", op=op), MATCHER) == phrase


@pytest.mark.parametrize(
    ("tested", "phrase"),
    [
        (term("window", "9"), "window is 9"),
        (term("window", "10"), "window is 10 (0xa)"),
        (term("window", "1024", op=Op.AT_MOST), "window is at most 1024"),
        (term("destination_port", "8080"), "destination port is 8080"),
        (term("source_port", "8080"), "source port is 8080"),
        (term("size", "300"), "size is 300"),
    ],
)
def test_a_number_is_in_hexadecimal_too_unless_that_means_nothing(
    tested: Term, phrase: str
) -> None:
    assert in_words(tested, MATCHER) == phrase


def test_bytes_are_written_as_in_signature_files() -> None:
    assert in_words(term("payload", "a\x00\xffb|"), MATCHER) == "payload is `a|00 ff|b|7c|`"


def test_text_is_escaped_if_it_cannot_be_printed() -> None:
    assert in_words(term("word", "a\tb\u202e"), MATCHER) == "word is `a\\tb\\u202e`"


def test_an_empty_value_is_called_so() -> None:
    assert in_words(term("word", ""), MATCHER) == "word is empty"


def test_a_long_value_is_truncated() -> None:
    assert in_words(term("word", "a" * MAXIMUM_SHOWN), MATCHER) == f"word is `{'a' * 72}`"
    assert in_words(term("word", "a" * (MAXIMUM_SHOWN + 1)), MATCHER) == f"word is `{'a' * 72}…`"
