"""A dispatch table selects exactly the rule groups whose openings a payload has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.matching.dispatch import DispatchTable
from nmapwatchd.core.matching.matcher import Matcher, Opening, opening
from nmapwatchd.core.matching.rule_faults import RuleFaults
from nmapwatchd.core.matching.rule_group import RuleGroup

TESTS = st.tuples(st.integers(0, 3), st.sampled_from([b"a", b"ab", b"ba", b"abc"]))
OPENINGS = st.lists(st.lists(TESTS, min_size=1, max_size=3), max_size=3)
PAYLOADS = st.text("abc", max_size=8).map(str.encode)


def group(name: str, *openings: Opening) -> RuleGroup:
    return RuleGroup.of(
        Matcher(name=name, title=name, openings=openings), (), openings, RuleFaults()
    )


def selected(groups: list[RuleGroup], payload: bytes) -> list[str]:
    return [found.matcher.name for found in DispatchTable.of(groups).groups_for(payload)]


@given(st.lists(OPENINGS, max_size=5), PAYLOADS)
def test_the_groups_are_those_that_a_test_of_each_opening_selects(
    groups: list[list[list[tuple[int, bytes]]]], payload: bytes
) -> None:
    built = [group(str(n), *(opening(*tests) for tests in some)) for n, some in enumerate(groups)]

    assert selected(built, payload) == [
        found.matcher.name
        for found in built
        if not found.openings or any(o.accepts(payload) for o in found.openings)
    ]


@pytest.mark.parametrize(
    ("payload", "names"),
    [(b"GET /", ["always", "http"]), (b"GET", ["always"]), (b"", ["always"]),
     (b"GET / SIP", ["always", "http", "sip"])],
)  # fmt: skip
def test_groups_come_in_order_with_those_that_read_every_payload(
    payload: bytes, names: list[str]
) -> None:
    groups = [
        group("always"),
        group("http", opening(b"GET /"), opening(b"POST /")),
        group("sip", opening((6, b"SIP"), b"G")),
    ]

    assert selected(groups, payload) == names


def test_a_group_with_two_openings_of_a_payload_is_selected_once() -> None:
    assert selected([group("a", opening(b"a"), opening(b"ab"), opening((1, b"b")))], b"ab") == ["a"]


def test_an_opening_is_looked_up_by_its_longest_test() -> None:
    table = DispatchTable.of([group("a", opening(b"x", (4, b"long"), (2, b"yz")))])

    assert [(start, end, list(found)) for start, end, found in table.lookups] == [(4, 8, [b"long"])]


def test_openings_with_the_same_bytes_are_looked_up_together() -> None:
    table = DispatchTable.of([group("a", opening(b"ab")), group("b", opening(b"ab", (3, b"c")))])

    ((start, end, found),) = table.lookups
    assert (start, end, [number for number, _ in found[b"ab"]]) == (0, 2, [0, 1])
    assert [g.matcher.name for g in table.groups_for(b"abxd")] == ["a"]
