import pytest

from nmapwatchd.core.matching.expression import Op, Term
from nmapwatchd.core.matching.matcher import Field, Kind, Matcher
from nmapwatchd.core.matching.placement import ToEnd
from nmapwatchd.core.observation import Transport
from nmapwatchd.exports.suricata_language import InexpressibleError, Keywords
from nmapwatchd.exports.suricata_terms import keywords_of

MATCHER = Matcher(
    name="test",
    title="Test",
    fields={
        "number": Field(Kind.NUMBER, "at an offset", at={Transport.TCP: 4}, size=1),
        "tail": Field(Kind.TEXT, "with a placement", encoding="latin-1", placement=ToEnd()),
        "text": Field(Kind.TEXT, "with an encoding only", encoding="latin-1"),
        "decoded": Field(Kind.TEXT, "by tshark", tshark="test.decoded"),
        "derived": Field(Kind.NUMBER, "by the matcher"),
    },
)


def translated(field: str, value: str, op: Op = Op.IS) -> list[Keywords]:
    return keywords_of(Term(field, op, (value,)), MATCHER, Transport.TCP)


@pytest.mark.parametrize("field", ["destination_port", "source_port", "transport"])
def test_what_the_head_compares_needs_no_keyword(field: str) -> None:
    assert translated(field, "21") == []


@pytest.mark.parametrize(
    ("op", "text"),
    [
        (Op.IS, 'dsize:2; content:"ab"; startswith;'),
        (Op.STARTS, 'content:"ab"; startswith;'),
        (Op.ENDS, 'content:"ab"; endswith;'),
        (Op.CONTAINS, 'content:"ab";'),
    ],
)
def test_a_payload_is_compared_as_a_whole_or_in_part(op: Op, text: str) -> None:
    assert translated("payload", "ab", op) == [Keywords(text)]


@pytest.mark.parametrize(
    ("op", "text"), [(Op.IS, "dsize:9;"), (Op.AT_LEAST, "dsize:>8;"), (Op.AT_MOST, "dsize:<10;")]
)
def test_a_size_is_compared_with_exclusive_bounds(op: Op, text: str) -> None:
    assert translated("size", "9", op) == [Keywords(text)]


def test_an_offset_and_a_placement_are_translated() -> None:
    assert translated("number", "7") == [Keywords('content:"|07|"; offset:4; depth:1;')]
    assert translated("tail", "ab") == [Keywords('content:"ab"; endswith;')]


@pytest.mark.parametrize(
    ("field", "op", "reason"),
    [
        ("tail", Op.MATCHES, "tail is compared with a pattern"),
        ("decoded", Op.IS, "Suricata has no buffer for test.decoded"),
        ("text", Op.IS, "Suricata cannot locate text"),
        ("derived", Op.IS, "only nmapwatchd decodes derived"),
        ("destination", Op.IS, "only nmapwatchd decodes destination"),
    ],
)
def test_what_cannot_be_expressed_is_refused_with_its_reason(
    field: str, op: Op, reason: str
) -> None:
    with pytest.raises(InexpressibleError, match=reason):
        translated(field, "7", op)
