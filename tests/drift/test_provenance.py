import pytest

from nmapwatchd.core.matching.expression import AllOf, AnyOf, Op, Term
from nmapwatchd.drift.lua import Source, read_lua
from nmapwatchd.drift.provenance import Occurrences, find_strings, find_values
from tests.drift.datadir import MATCHER, term


def found(match: Term | AllOf | AnyOf, *lua: bytes) -> Occurrences:
    return find_values(match, MATCHER, sources(*lua))


def sources(*lua: bytes) -> list[Source]:
    return [read_lua(text) for text in lua]


def test_a_string_is_found_in_literals_or_code_but_not_in_comments() -> None:
    lua = b'a = 0xdead -- note\nsend("te" .. "xt")'

    assert find_strings(["0xdead", "text"], sources(lua)) == Occurrences(present=("0xdead", "text"))
    assert find_strings(["note"], sources(lua)) == Occurrences(absent=("note",))


def test_a_string_is_found_in_any_of_the_files() -> None:
    assert find_strings(["one", "two", "three"], sources(b'"one"', b'"two"')) == Occurrences(
        present=("one", "two"), absent=("three",)
    )


def test_a_value_is_present_partial_or_absent() -> None:
    word = term("word", "abcdefghi")

    assert found(word, b'"xabcdefghix"') == Occurrences(present=("abcdefghi",))
    assert found(word, b'"cdef"') == Occurrences(partial=("cdef",))
    assert found(word, b'"abcdxefghi"') == Occurrences(absent=("abcdefghi",))


@pytest.mark.parametrize(
    ("value", "literal", "counts"),
    [
        ("abcdefghijkl", b"abcd", True),  # a third, and four bytes
        ("abcdefghijklm", b"abcd", False),
        ("abcdefghijklm", b"abcde", True),
        ("abcdef", b"abc", False),
        ("abcdef", b"abcd", True),
    ],
)
def test_a_part_has_a_minimum(value: str, literal: bytes, counts: bool) -> None:
    assert bool(found(term("word", value), b'"' + literal + b'"').partial) is counts


def test_the_longest_part_is_the_evidence() -> None:
    assert found(term("word", "abcdefghijkl"), b'"abcd" "efghi"').partial == ("efghi",)


def test_one_value_of_several_suffices() -> None:
    either = Term("word", Op.IS, ("first", "second"))

    assert found(either, b'"second"') == Occurrences(present=("second",))
    assert found(either, b"") == Occurrences(absent=("first",))


def test_parts_add_up_and_of_alternatives_the_best_counts() -> None:
    one, two = term("word", "first"), term("word", "other")

    assert found(AllOf((one, two)), b'"first"') == Occurrences(("first",), (), ("other",))
    assert found(AnyOf((two, one)), b'"first"') == Occurrences(present=("first",))
    assert found(AnyOf((AllOf((one, two)), one)), b'"first"') == Occurrences(present=("first",))


@pytest.mark.parametrize(
    "ignored",
    [
        term("transport", "tcp"),
        term("destination_port", "2121"),
        term("size", "300"),
        term("word", "a.*b", Op.MATCHES),
        term("word", "absent", Op.IS_NOT),
        term("word", "x"),
        term("unknown", "value"),
    ],
)
def test_a_term_that_no_file_can_contain_has_no_literals(ignored: Term) -> None:
    assert found(ignored, b"") == Occurrences()


@pytest.mark.parametrize(
    ("value", "lua", "present"),
    [("256", b"256", ("0x100",)), ("256", b"0x100", ("0x100",)), ("255", b"255", ()),
     ("256", b"0x101", ()), ("57005", b"0xDEAD", ("0xdead",))],
)  # fmt: skip
def test_a_rare_number_is_searched_for(value: str, lua: bytes, present: tuple[str, ...]) -> None:
    assert found(term("number", value), lua) == Occurrences(present=present)


def test_a_bound_is_not_searched_for() -> None:
    assert found(term("number", "300", Op.AT_LEAST), b"300") == Occurrences()


def test_occurrences_add_up() -> None:
    total = Occurrences(("a",), ("b",), ("c",)) + Occurrences(("d",), ("e", "f"), ())

    assert total == Occurrences(("a", "d"), ("b", "e", "f"), ("c",))
    assert total.count == 5
