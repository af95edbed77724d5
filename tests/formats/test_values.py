"""Timestamps, MAC addresses and lists read the same in every format."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.formats.values import (
    MAXIMUM_LISTED,
    MAXIMUM_NAME,
    mac_address,
    name,
    names,
    omitted,
    timestamp,
)
from tests.formats.messages import AT, octets, texts


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_999_999, "1970-01-01T00:00:00.001Z"),
        (-1, "1970-01-01T00:00:00.000Z"),
        (2**80, "9999-12-31T23:59:59.999Z"),
    ],
)
def test_any_time_of_a_capture_can_be_written(at: int, written: str) -> None:
    assert timestamp(at) == written


def test_a_timestamp_may_have_microseconds() -> None:
    assert timestamp(AT + 7_999, "microseconds") == "2026-11-22T11:49:19.426007Z"


@given(st.integers(-(2**80), 2**80))
def test_timestamps_sort_as_the_times_do(at: int) -> None:
    assert timestamp(at, "microseconds") <= timestamp(at + 1, "microseconds")


def test_a_mac_address_is_written_as_in_ecs() -> None:
    assert mac_address("52:54:00:ab:34:56") == "52-54-00-AB-34-56"


@given(texts | octets)
def test_a_name_is_printable_and_bounded(text: str) -> None:
    assert name(text).isprintable()
    assert len(name(text)) <= MAXIMUM_NAME


@pytest.mark.parametrize("count", [0, 1, MAXIMUM_LISTED, MAXIMUM_LISTED + 1, 40])
def test_listed_and_omitted_members_add_up(count: int) -> None:
    values = [f"10.0.0.{number}" for number in range(count)]

    assert names(values) == values[:MAXIMUM_LISTED]
    assert len(names(values)) + omitted(values) == count
