"""Parameters have as many whole values as fit, each its first before any its second."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.formats.parameters import Parameter, fit

LIST = Parameter(" l=", ["a", "bc", "de"])
LATER = Parameter(" k=", ["f", "g"])


@pytest.mark.parametrize(
    ("capacity", "found"),
    [
        (10, (b" l=a,bc,de", 0)),
        (9, (b" l=a,bc", 1)),
        (7, (b" l=a,bc", 1)),
        (6, (b" l=a", 2)),
        (4, (b" l=a", 2)),
        (3, (b"", 3)),
        (-1, (b"", 3)),
    ],
)
def test_the_last_values_of_a_list_are_left_out_first(
    capacity: int, found: tuple[bytes, int]
) -> None:
    assert fit([LIST], capacity) == found


@pytest.mark.parametrize(
    ("capacity", "found"),
    [
        (16, (b" l=a,bc,de k=f,g", 0)),
        (15, (b" l=a,bc,de k=f", 1)),
        (11, (b" l=a,bc k=f", 2)),
        (10, (b" l=a k=f,g", 2)),
        (8, (b" l=a k=f", 3)),
        (7, (b" l=a,bc", 3)),
    ],
)
def test_a_list_does_not_displace_what_follows_it(capacity: int, found: tuple[bytes, int]) -> None:
    assert fit([LIST, LATER], capacity) == found


def test_a_value_that_does_not_fit_is_left_out_whole() -> None:
    wide = Parameter('k="', ["日"], '"')

    assert fit([wide], 7) == ('k="日"'.encode(), 0)
    assert fit([wide], 6) == (b"", 1)
    assert fit([wide, LATER], 6) == (b" k=f,g", 1)


def test_a_parameter_without_values_is_left_out() -> None:
    assert fit([Parameter(" k=", [])], 100) == (b"", 0)
    assert fit([], 100) == (b"", 0)


_PARAMETERS = st.builds(
    Parameter, st.just("<"), st.lists(st.text("ab日", max_size=9), max_size=9), st.just(">")
)


@given(st.lists(_PARAMETERS, max_size=5), st.integers(-9, 99))
def test_what_fits_is_a_start_of_each_list(parameters: list[Parameter], capacity: int) -> None:
    text, omitted = fit(parameters, capacity)

    assert len(text) <= max(0, capacity)
    found = [part.removesuffix(">").split(",") for part in text.decode().split("<")[1:]]
    whole = [list(parameter.values) for parameter in parameters]
    assert omitted == sum(map(len, whole)) - sum(map(len, found))
    remaining = iter(whole)
    assert all(any(values[: len(part)] == part for values in remaining) for part in found)
