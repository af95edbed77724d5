"""A parameter has as many whole values as fit, and counts the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.formats.parameter import parameter


@pytest.mark.parametrize(
    ("capacity", "found"),
    [
        (10, (b" k=a,bc,de", 0)),
        (9, (b" k=a,bc", 1)),
        (7, (b" k=a,bc", 1)),
        (6, (b" k=a", 2)),
        (4, (b" k=a", 2)),
        (3, (b"", 3)),
        (-1, (b"", 3)),
    ],
)
def test_the_last_values_are_left_out_first(capacity: int, found: tuple[bytes, int]) -> None:
    assert parameter(" k=", ["a", "bc", "de"], "", capacity) == found


def test_a_value_that_does_not_fit_is_left_out_whole() -> None:
    assert parameter('k="', ["日"], '"', len('k="日"'.encode())) == ('k="日"'.encode(), 0)
    assert parameter('k="', ["日"], '"', len('k="日"'.encode()) - 1) == (b"", 1)


def test_a_parameter_without_values_is_left_out() -> None:
    assert parameter(" k=", [], "", 100) == (b"", 0)


@given(st.lists(st.text(max_size=9), max_size=9), st.integers(-9, 99))
def test_a_parameter_fits_and_counts_what_it_leaves_out(values: list[str], capacity: int) -> None:
    found, omitted = parameter("<", values, ">", capacity)

    assert len(found) <= max(0, capacity)
    kept = values[: len(values) - omitted]
    assert found == (("<" + ",".join(kept) + ">").encode() if kept else b"")
