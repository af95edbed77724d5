"""A count of 32 bits goes on where it begins again."""

from nmapwatchd.child.__main__ import Total


def test_what_is_counted_after_the_last_number_of_32_bits_is_added() -> None:
    total = Total()

    assert [total.see(count) for count in (2**31, 2**32 - 1, 5)] == [2**31, 2**31 - 1, 6]
    assert total.sum == 2**32 + 5


def test_a_count_that_is_set_back_takes_nothing_away() -> None:
    total = Total()

    assert [total.see(count) for count in (700, 20, 25)] == [700, 0, 5]
    assert total.sum == 705
