"""An expression matches fields, and returns the field and value of each term that did."""

import pytest

from nmapwatchd.core.matching.expression import (
    AllOf,
    AnyOf,
    Op,
    Term,
    compile_check,
    terms,
)
from nmapwatchd.core.matching.pattern import PatternError
from nmapwatchd.core.sighting import Evidence

ONE, TWO = Term("a", Op.IS, ("1",)), Term("b", Op.IS, ("2",))


def evidence(term: Term, *values: str) -> Evidence | None:
    return compile_check(term)({term.field: values})


@pytest.mark.parametrize(
    ("op", "literals", "value", "expected"),
    [
        (Op.IS, ("nmap",), "nmap", True),
        (Op.IS, ("nmap",), "nmap ", False),
        (Op.IS, ("nmap",), "Nmap", False),
        (Op.IS, ("ncat", "nmap"), "nmap", True),
        (Op.IS_NOT, ("nmap", "ncat"), "nping", True),
        (Op.IS_NOT, ("nmap", "ncat"), "ncat", False),
        (Op.CONTAINS, ("map",), "nmap!", True),
        (Op.CONTAINS, ("map",), "mop", False),
        (Op.CONTAINS, ("x", "map"), "nmap", True),
        (Op.CONTAINS, ("x", "y"), "nmap", False),
        (Op.STARTS, ("nm",), "nmap", True),
        (Op.STARTS, ("ma",), "nmap", False),
        (Op.STARTS, ("ma", "nm"), "nmap", True),
        (Op.ENDS, ("ap",), "nmap", True),
        (Op.ENDS, ("nm",), "nmap", False),
        (Op.ENDS, ("nm", "ap"), "nmap", True),
        (Op.MATCHES, ("^n.*p$",), "n\nap", True),
        (Op.MATCHES, ("a|b", "^n$"), "nmap", True),
        (Op.MATCHES, ("^m", "^n$"), "nmap", False),
        (Op.AT_LEAST, ("10",), "10", True),
        (Op.AT_LEAST, ("10",), "9", False),
        (Op.AT_LEAST, ("10", "9"), "9", True),
        (Op.AT_MOST, ("10",), "10", True),
        (Op.AT_MOST, ("10",), "11", False),
        (Op.AT_MOST, ("9", "10"), "10", True),
    ],
)
def test_a_term_compares_a_value_with_each_literal(
    op: Op, literals: tuple[str, ...], value: str, expected: bool
) -> None:
    assert evidence(Term("f", op, literals), value) == ((("f", value),) if expected else None)


def test_an_alternative_of_a_pattern_ends_with_its_literal() -> None:
    assert evidence(Term("f", Op.MATCHES, ("ab", "c")), "ac") == (("f", "ac"),)
    assert evidence(Term("f", Op.MATCHES, ("^a|b", "d")), "xb") == (("f", "xb"),)


def test_a_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(PatternError, match="missing"):
        compile_check(Term("f", Op.MATCHES, ("(",)))


def test_of_several_values_the_first_that_matches_is_the_evidence() -> None:
    term = Term("f", Op.STARTS, ("b",))

    assert evidence(term, "a", "b1", "b2") == (("f", "b1"),)
    assert evidence(term) is None


def test_a_missing_field_does_not_match() -> None:
    assert compile_check(ONE)({}) is None


def test_all_parts_must_match_and_each_is_evidence() -> None:
    check = compile_check(AllOf((ONE, TWO)))

    assert check({"a": ("1",), "b": ("2",)}) == (("a", "1"), ("b", "2"))
    assert check({"a": ("1",)}) is None
    assert check({"b": ("2",)}) is None


def test_one_part_must_match_and_the_first_that_does_is_the_evidence() -> None:
    check = compile_check(AnyOf((ONE, TWO)))

    assert check({"a": ("1",), "b": ("2",)}) == (("a", "1"),)
    assert check({"b": ("2",)}) == (("b", "2"),)
    assert check({"c": ("2",)}) is None


def test_the_terms_of_an_expression_are_listed_in_order() -> None:
    three = Term("c", Op.IS, ("3",))

    assert list(terms(AllOf((ONE, AnyOf((TWO, AllOf((three,)))))))) == [ONE, TWO, three]


def test_an_operator_is_known_by_its_word_in_signature_files() -> None:
    words = ["is", "is_not", "contains", "starts", "ends", "matches", "at_least", "at_most"]

    assert [op.value for op in Op] == words
