"""An index leaves out no rule that matches, and most of those that do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.matching.expression import AllOf, AnyOf, Expression, Op, Term, compile_check
from nmapwatchd.core.matching.index import Index

NAMES = st.sampled_from(["a", "b", "c"])
# Few letters, so that values meet; some that a pattern would read otherwise.
TEXTS = st.text("ab.|", max_size=9)
TERMS = st.builds(
    Term,
    NAMES,
    st.sampled_from([Op.IS, Op.STARTS, Op.CONTAINS, Op.ENDS]),
    st.lists(TEXTS, min_size=1, max_size=3).map(tuple),
)
EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    TERMS,
    lambda inner: st.builds(
        lambda kind, parts: kind(tuple(parts)),
        st.sampled_from([AllOf, AnyOf]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)
FIELDS = st.dictionaries(NAMES, st.lists(TEXTS, max_size=2).map(tuple))


@given(st.lists(EXPRESSIONS, max_size=8), FIELDS)
def test_a_rule_that_matches_is_a_candidate(
    rows: list[Expression], fields: dict[str, tuple[str, ...]]
) -> None:
    candidates = list(Index.of(rows).candidates(fields))

    assert candidates == sorted(set(candidates))
    holding = [n for n, row in enumerate(rows) if compile_check(row)(fields) is not None]
    assert set(holding) <= set(candidates)


@pytest.mark.parametrize(
    ("op", "value"),
    [(Op.IS, "/index"), (Op.STARTS, "/index?q=1"), (Op.CONTAINS, "an /index there")],
)
def test_a_rule_that_requires_another_value_is_not_a_candidate(op: Op, value: str) -> None:
    index = Index.of([Term("uri", op, ("/index",)), Term("uri", op, ("/other",))])

    assert list(index.candidates({"uri": (value,)})) == ([0] if op is not Op.CONTAINS else [0, 1])
    assert list(index.candidates({"uri": ("/",)})) == []


def test_a_rule_is_indexed_by_the_value_that_the_fewest_others_require() -> None:
    rows = [
        AllOf((Term("transport", Op.IS, ("tcp",)), Term("payload", Op.IS, (f"probe {n}",))))
        for n in range(9)
    ]

    fields = {"transport": ("tcp",), "payload": ("probe 3",)}

    assert list(Index.of(rows).candidates(fields)) == [3]


def test_a_rule_with_an_alternative_that_cannot_be_indexed_is_always_a_candidate() -> None:
    row = AnyOf((Term("uri", Op.IS, ("/",)), Term("uri", Op.MATCHES, (".*",))))

    assert list(Index.of([row]).candidates({})) == [0]


def keys(*expressions: Expression) -> tuple[set[str], set[tuple[int, str]], set[str]]:
    """Return the values, the prefixes with their length, and the substrings of an index."""
    index = Index.of(expressions)
    return (
        {value for _, table in index.exact for value in table},
        {(length, prefix) for _, length, table in index.prefixes for prefix in table},
        {pattern.pattern for _, pattern, _ in index.substrings},
    )


def term(value: str, op: Op = Op.IS, field: str = "a") -> Term:
    return Term(field, op, (value,))


@pytest.mark.parametrize(
    ("value", "prefix"),
    [("123456789", "12345678"), ("12345678", "12345678"), ("1234567", "1234"), ("1234", "1234"),
     ("123", "12"), ("12", "12"), ("1", "1")],
)  # fmt: skip
def test_a_prefix_is_looked_up_by_the_longest_length_that_it_has(value: str, prefix: str) -> None:
    assert keys(term(value, Op.STARTS)) == (set(), {(len(prefix), prefix)}, set())


def test_an_empty_prefix_cannot_be_indexed() -> None:
    assert Index.of([term("", Op.STARTS)]).unindexed == (0,)


def test_the_prefixes_of_one_term_have_the_length_of_the_shortest() -> None:
    starts = Term("a", Op.STARTS, ("12345678", "abc"))

    assert keys(starts) == (set(), {(2, "12"), (2, "ab")}, set())


@pytest.mark.parametrize("op", [Op.ENDS, Op.MATCHES, Op.AT_LEAST, Op.AT_MOST, Op.IS_NOT])
def test_other_comparisons_cannot_be_indexed(op: Op) -> None:
    index = Index.of([term("7", op), term("x")])

    assert (index.unindexed, list(index.candidates({"a": ("y",)}))) == ((0,), [0])
    assert list(index.candidates({"a": ("x",)})) == [0, 1]


def test_of_all_parts_a_distinctive_value_is_preferred() -> None:
    both = AllOf((term("abc"), term("abcd", Op.CONTAINS)))

    assert keys(both) == (set(), set(), {"abcd"})


def test_of_distinctive_parts_a_substring_is_the_last_choice() -> None:
    both = AllOf((term("a long substring", Op.CONTAINS), term("abcd")))

    assert keys(both) == ({"abcd"}, set(), set())


def test_of_equal_parts_the_longer_value_is_preferred() -> None:
    assert keys(AllOf((term("abcd"), term("abcde")))) == ({"abcde"}, set(), set())


def test_a_term_is_as_distinctive_as_its_shortest_value() -> None:
    both = AllOf((Term("a", Op.IS, ("a long value", "x")), term("abcd")))

    assert keys(both) == ({"abcd"}, set(), set())


def test_of_equal_parts_the_value_that_fewer_rules_mention_is_preferred() -> None:
    assert keys(AllOf((term("abcd"), term("efgh"))), term("abcd")) == (
        {"abcd", "efgh"}, set(), set(),
    )  # fmt: skip
    index = Index.of([AllOf((term("abcd"), term("efgh"))), term("abcd")])
    assert list(index.candidates({"a": ("abcd",)})) == [1]
    assert list(index.candidates({"a": ("efgh",)})) == [0]


def test_alternatives_are_indexed_by_one_value_each() -> None:
    either = AnyOf((term("one!"), AllOf((term("two!"), term("x", Op.ENDS)))))

    assert keys(either) == ({"one!", "two!"}, set(), set())


def test_substrings_are_looked_up_literally_and_together() -> None:
    index = Index.of([term("a.b|c", Op.CONTAINS), term("(", Op.CONTAINS)])

    assert [list(index.candidates({"a": (value,)})) for value in ("xa.b|cx", "axb", "(")] == [
        [0, 1], [], [0, 1],
    ]  # fmt: skip


def test_every_value_of_a_field_is_looked_up() -> None:
    index = Index.of([term("1"), term("2222", Op.STARTS), term("3", Op.CONTAINS), term("4")])

    assert list(index.candidates({"a": ("x3x", "22225", "1")})) == [0, 1, 2]


def test_a_candidate_is_listed_once() -> None:
    index = Index.of([Term("a", Op.IS, ("1", "2"))])

    assert list(index.candidates({"a": ("1", "2", "1")})) == [0]


def test_the_fields_of_an_index_are_those_that_it_looks_up() -> None:
    index = Index.of([
        term("1", field="exact"), term("1", Op.STARTS, "prefix"),
        term("1", Op.CONTAINS, "substring"), term("1", Op.ENDS, "neither"),
    ])  # fmt: skip

    assert index.fields == {"exact", "prefix", "substring"}


def test_fields_of_the_same_value_are_distinguished() -> None:
    index = Index.of([term("1", field="a"), term("1", field="b")])

    assert list(index.candidates({"b": ("1",)})) == [1]
