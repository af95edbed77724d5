"""A clock in the past, or that nothing sets, is reported."""

from nmapwatchd.commands.checks.clock import (
    OLDEST,
    clock_warnings,
    is_synchronised,
    warnings_of,
)

NOW = OLDEST.timestamp() + 1


def test_a_clock_that_starts_at_zero_is_reported_with_its_date() -> None:
    (warning,) = warnings_of(0.0, synchronised=True)

    assert str(warning).startswith("clock: shows 1970-01-01, which is past; set it")


def test_a_clock_that_nothing_sets_is_reported_with_the_command() -> None:
    (warning,) = warnings_of(NOW, synchronised=False)

    assert str(warning).startswith("clock: is not synchronised")
    assert str(warning).endswith("run: timedatectl set-ntp true")


def test_a_synchronised_or_unknown_clock_is_not_reported() -> None:
    assert list(warnings_of(NOW, synchronised=True)) == []
    assert list(warnings_of(NOW, synchronised=None)) == []


def test_this_machine_s_clock_is_read_and_not_set() -> None:
    assert is_synchronised() in {True, False, None}
    assert len(list(clock_warnings())) <= 1
