"""Packet time is counted in nanoseconds."""

from datetime import timedelta

from nmapwatchd.core.units import SECOND


def test_a_second_has_a_thousand_million_nanoseconds() -> None:
    assert timedelta(seconds=1) // timedelta(microseconds=1) * 1000 == SECOND
