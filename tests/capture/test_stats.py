"""Counters are added and subtracted one by one."""

from dataclasses import astuple, fields

from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.capture.stats import CaptureStats

STATS = st.builds(CaptureStats, *[st.integers(0, 2**64)] * len(fields(CaptureStats)))


def test_every_counter_is_added() -> None:
    assert astuple(CaptureStats(1, 2, 3, 4, 5) + CaptureStats(10, 20, 30, 40, 50)) == (
        11, 22, 33, 44, 55,
    )  # fmt: skip


@given(STATS, STATS)
def test_what_is_added_can_be_subtracted(one: CaptureStats, other: CaptureStats) -> None:
    assert one + other - other == one
    assert one + CaptureStats() == one
