"""An index never leaves out a row that holds."""

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
def test_a_row_that_holds_is_possible(
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
def test_a_row_that_wants_another_value_is_not_possible(op: Op, value: str) -> None:
    index = Index.of([Term("uri", op, ("/index",)), Term("uri", op, ("/other",))])

    assert list(index.candidates({"uri": (value,)})) == ([0] if op is not Op.CONTAINS else [0, 1])
    assert list(index.candidates({"uri": ("/",)})) == []


def test_a_row_is_found_by_what_the_fewest_others_want() -> None:
    rows = [
        AllOf((Term("transport", Op.IS, ("tcp",)), Term("payload", Op.IS, (f"probe {n}",))))
        for n in range(9)
    ]

    fields = {"transport": ("tcp",), "payload": ("probe 3",)}

    assert list(Index.of(rows).candidates(fields)) == [3]


def test_a_row_with_an_alternative_that_wants_nothing_certain_is_always_possible() -> None:
    row = AnyOf((Term("uri", Op.IS, ("/",)), Term("uri", Op.MATCHES, (".*",))))

    assert list(Index.of([row]).candidates({})) == [0]
