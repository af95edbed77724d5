"""The first bytes of an expression are exactly those that its terms fix."""

import pytest

from nmapwatchd.core.matching.expression import AllOf, AnyOf, Expression, Op, Term
from nmapwatchd.core.matching.first_byte import ANY_BYTE, NO_BYTE, first_bytes
from nmapwatchd.core.matching.matcher import Base, Field, Kind, Matcher
from nmapwatchd.core.observation import Transport

TCP, UDP = Transport.TCP, Transport.UDP


def number(**changes: object) -> Field:
    return Field(Kind.NUMBER, "a number", **{"at": {TCP: 0}, "size": 2, **changes})  # type: ignore[arg-type]


MATCHER = Matcher(
    name="test",
    title="Test",
    fields={
        "big": number(),
        "little": number(order="little"),
        "byte": number(size=1),
        "later": number(at={TCP: 1}),
        "masked": number(mask=0x0F),
        "in_header": number(base=Base.HEADER),
        "decoded": number(tshark="x.y"),
        "unsized": number(size=0),
        "read": Field(Kind.TEXT, "what the matcher derives"),
    },
)


def allowed(expression: Expression, transport: Transport = TCP) -> frozenset[int]:
    return first_bytes(expression, MATCHER, transport)


def term(field: str, *values: str, op: Op = Op.IS) -> Term:
    return Term(field, op, values)


def test_any_byte_is_each_of_256_or_none() -> None:
    assert sorted(ANY_BYTE) == [NO_BYTE, *range(256)]


@pytest.mark.parametrize("op", [Op.IS, Op.STARTS])
def test_a_payload_fixes_its_first_byte(op: Op) -> None:
    assert allowed(term("payload", "GET", "\xffP", op=op)) == {0x47, 0xFF}


def test_an_empty_payload_has_no_byte() -> None:
    assert allowed(term("payload", "")) == {NO_BYTE}
    assert allowed(term("payload", "", "a")) == {NO_BYTE, 0x61}
    assert allowed(term("payload", "", op=Op.STARTS)) == ANY_BYTE
    assert allowed(term("payload", "", "a", op=Op.STARTS)) == ANY_BYTE


@pytest.mark.parametrize("op", [Op.CONTAINS, Op.ENDS, Op.MATCHES, Op.IS_NOT])
def test_other_comparisons_of_a_payload_allow_any_byte(op: Op) -> None:
    assert allowed(term("payload", "GET", op=op)) == ANY_BYTE


@pytest.mark.parametrize(("field", "byte"), [("big", 0x12), ("little", 0x34), ("byte", 0x34)])
def test_a_number_at_the_start_fixes_the_byte_that_comes_first(field: str, byte: int) -> None:
    value = 0x1234 if field != "byte" else 0x34

    assert allowed(term(field, str(value))) == {byte}


@pytest.mark.parametrize(
    "field",
    ["later", "masked", "in_header", "decoded", "unsized", "read", "size", "unknown"],
)
def test_any_other_field_allows_any_byte(field: str) -> None:
    assert allowed(term(field, "7")) == ANY_BYTE


@pytest.mark.parametrize("op", [Op.AT_LEAST, Op.AT_MOST])
def test_a_range_of_a_number_allows_any_byte(op: Op) -> None:
    assert allowed(term("big", "7", op=op)) == ANY_BYTE


def test_a_number_over_another_transport_allows_any_byte() -> None:
    assert allowed(term("big", "7"), UDP) == ANY_BYTE


def test_all_parts_allow_what_each_allows() -> None:
    both = AllOf((term("payload", "a", "b", op=Op.STARTS), term("payload", "b", "c")))

    assert allowed(both) == {0x62}
    assert allowed(AllOf((term("read", "x"), term("payload", "b")))) == {0x62}
    assert allowed(AllOf(())) == ANY_BYTE


def test_alternatives_allow_what_one_allows() -> None:
    either = AnyOf((term("payload", "a"), term("byte", "98")))

    assert allowed(either) == {0x61, 0x62}
    assert allowed(AnyOf((either, term("read", "x")))) == ANY_BYTE
    assert allowed(AnyOf(())) == frozenset()
