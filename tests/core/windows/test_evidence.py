"""Evidence adds up if one run of the tool explains it."""

import pytest

from nmapwatchd.core.windows.evidence import (
    MAXIMUM_DESTINATIONS,
    MAXIMUM_WEAK_RULES,
    Evidence,
)


def weak(evidence: Evidence, name: str, destination: str = "10.0.0.8") -> int:
    evidence.add(destination, {}, {name: 10})
    return evidence.score


def strong(evidence: Evidence, name: str, destination: str = "10.0.0.8") -> int:
    evidence.add(destination, {name: 90}, {})
    return evidence.score


def test_a_message_adds_its_highest_score_once() -> None:
    evidence = Evidence()
    evidence.add("10.0.0.8", {"b": 90, "c": 90}, {"a": 10})

    assert evidence.score == 90


def test_a_rule_adds_its_score_once() -> None:
    evidence = Evidence()

    assert [weak(evidence, "a") for _ in range(3)] == [10, 10, 10]


def test_a_message_adds_what_exceeds_the_score_that_another_of_its_rules_earned() -> None:
    evidence = Evidence()
    weak(evidence, "a")
    evidence.add("10.0.0.8", {"b": 90}, {"a": 10})
    assert evidence.score == 90

    evidence.add("10.0.0.8", {"b": 90, "c": 90}, {})
    assert evidence.score == 90

    assert strong(evidence, "c") == 180


def test_a_rule_that_added_nothing_has_earned_nothing() -> None:
    evidence = Evidence()
    weak(evidence, "a")
    evidence.add("10.0.0.8", {}, {"b": 10, "a": 10})

    assert weak(evidence, "b") == 20


def test_weak_evidence_adds_up_for_one_destination_only() -> None:
    evidence = Evidence()
    for number in range(MAXIMUM_WEAK_RULES):
        weak(evidence, f"r{number}", f"10.0.0.{number}")

    assert evidence.score == 10


def test_so_many_weak_rules_of_a_destination_count_and_no_more() -> None:
    evidence = Evidence()
    scores = [weak(evidence, f"r{number}") for number in range(MAXIMUM_WEAK_RULES + 9)]

    assert scores[-1] == scores[MAXIMUM_WEAK_RULES - 1] == 10 * MAXIMUM_WEAK_RULES


def test_weak_evidence_adds_to_strong_evidence_of_the_same_destination() -> None:
    evidence = Evidence()
    strong(evidence, "a")
    assert weak(evidence, "b", "10.0.0.9") == 90

    assert weak(evidence, "b") == 100


def test_strong_evidence_adds_up_over_destinations() -> None:
    evidence = Evidence()
    strong(evidence, "a")
    assert strong(evidence, "a", "10.0.0.9") == 90

    assert strong(evidence, "b", "10.0.0.9") == 180


@pytest.mark.parametrize("address", ["224.0.0.251", "ff02::fb", "255.255.255.255", "10.0.0.255"])
def test_weak_evidence_does_not_add_up_at_an_address_of_many(address: str) -> None:
    evidence = Evidence()
    weak(evidence, "a", address)
    assert weak(evidence, "b", address) == 10

    assert strong(evidence, "c", address) == 100


@pytest.mark.parametrize("address", ["", "not an address", "2001:db8::ff", "10.0.0.25"])
def test_at_any_other_address_it_does(address: str) -> None:
    evidence = Evidence()
    weak(evidence, "a", address)

    assert weak(evidence, "b", address) == 20


def test_the_destination_without_a_sighting_for_longest_is_evicted() -> None:
    evidence = Evidence()
    for number in range(MAXIMUM_DESTINATIONS):
        weak(evidence, "a", str(number))
    weak(evidence, "a", "0")
    assert evidence.evicted == 0

    weak(evidence, "a", "another")
    assert evidence.evicted == 1
    assert weak(evidence, "b", "0") == 20

    weak(evidence, "c", "1")  # its first rule is forgotten
    assert weak(evidence, "d", "1") == 20


def test_strong_evidence_outlives_its_destination() -> None:
    evidence = Evidence()
    strong(evidence, "a")
    for number in range(MAXIMUM_DESTINATIONS):
        weak(evidence, "w", str(number))

    assert strong(evidence, "b", "10.0.0.9") == 180
