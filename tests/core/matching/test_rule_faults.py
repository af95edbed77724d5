"""Faults are counted, reported once for each rule, and disable a rule that has many."""

from nmapwatchd.core.matching.rule_faults import MAXIMUM_ERRORS, RuleFaults


def test_each_error_is_counted_and_each_rule_reported_once() -> None:
    faults = RuleFaults()
    for rule in ("a", "b", "a"):
        faults.record(rule, ValueError(f"in {rule}"))

    assert faults.count == 3
    assert faults.take_unreported() == {"a": "ValueError: in a", "b": "ValueError: in b"}

    faults.record("a", ValueError("again"))
    assert faults.take_unreported() == {}
    assert faults.count == 4


def test_a_rule_with_many_errors_is_disabled() -> None:
    faults = RuleFaults()
    for _ in range(MAXIMUM_ERRORS - 1):
        faults.record("a", ValueError())
    assert faults.disabled == set()

    faults.record("a", ValueError())
    assert faults.disabled == {"a"}
