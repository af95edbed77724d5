"""A count of 32 bits continues where it wraps."""

from nmapwatchd.child.wide_counter import WideCounter


def test_what_is_counted_after_the_last_number_of_32_bits_is_added() -> None:
    counter = WideCounter()

    assert [counter.update(value) for value in (2**31, 2**32 - 1, 5)] == [2**31, 2**31 - 1, 6]
    assert counter.total == 2**32 + 5


def test_a_count_that_is_reset_subtracts_nothing() -> None:
    counter = WideCounter()

    assert [counter.update(value) for value in (700, 20, 25)] == [700, 0, 5]
    assert counter.total == 705
