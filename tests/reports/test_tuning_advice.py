"""A line is offered that would have covered the alert, and no wider one than needed."""

import re
import tomllib
from dataclasses import replace

import pytest

from nmapwatchd.config.reader import validate_settings
from nmapwatchd.core.alert import Action
from nmapwatchd.core.rule import Confidence
from nmapwatchd.core.windows.table import WindowPolicy
from nmapwatchd.reports.record import MessageRecord, SightedRule
from nmapwatchd.reports.tuning_advice import tuning_lines
from nmapwatchd.signatures.loader import load_signatures, shipped_catalogue

SIGNATURES = shipped_catalogue().signatures
POLICY = WindowPolicy()
# Rows of each kind.
SENT_BY_OTHERS = "http.nse-user-agent"  # exclusive
SHARED = "tls.session-request-shape"  # exclusive
ALONE = "tls.socket-ciphers"  # exclusive, and no other sender is known
STRONG = "http.hnap-nse"
ANOTHER_STRONG = "tcp.raw-syn-any-window"
WEAK = ("payload.hp-pjl", "http.trane-about", "payload.get-request", "tcp.tiny-mss")


def record(*rules: str) -> MessageRecord:
    return MessageRecord(Action.SCAN_OPENED, rules=tuple(map(SightedRule, rules)))


def lines(*rules: str) -> list[str]:
    return [one.line for one in tuning_lines(record(*rules), SIGNATURES, POLICY)]


def test_the_rows_are_of_their_kinds() -> None:
    by_id = {one.id: one for one in SIGNATURES}

    exclusive = [by_id[id_] for id_ in (SENT_BY_OTHERS, SHARED, ALONE)]
    assert {one.confidence for one in exclusive} == {Confidence.EXCLUSIVE}
    assert [bool(one.also_sent_by) for one in exclusive] == [True, False, False]
    assert [one.shared for one in exclusive] == [False, True, False]
    assert {by_id[id_].confidence for id_ in (STRONG, ANOTHER_STRONG)} == {Confidence.STRONG}
    assert {by_id[id_].confidence for id_ in WEAK} == {Confidence.WEAK}


@pytest.mark.parametrize("id_", [SENT_BY_OTHERS, SHARED])
def test_a_row_with_other_senders_is_lowered_as_little_as_needed_or_off(id_: str) -> None:
    assert lines(id_) == [f'confidence = {{ "{id_}" = "strong" }}', f'disable = ["{id_}"]']
    assert lines(id_, WEAK[0]) == [f'confidence = {{ "{id_}" = "weak" }}', f'disable = ["{id_}"]']


def test_a_row_that_no_other_software_sends_is_not_offered() -> None:
    assert lines(ALONE) == []


def test_nothing_is_offered_if_the_other_rows_are_evidence_enough() -> None:
    assert lines(SENT_BY_OTHERS, ALONE) == []
    assert lines(SENT_BY_OTHERS, STRONG, WEAK[0]) == []
    assert lines(STRONG, ANOTHER_STRONG, WEAK[0]) == []


def test_of_two_strong_rows_the_one_that_costs_less_is_offered() -> None:
    assert lines(STRONG, ANOTHER_STRONG) == [
        f'confidence = {{ "{STRONG}" = "weak" }}',
        f'disable = ["{STRONG}"]',
    ] or lines(STRONG, ANOTHER_STRONG) == [f'disable = ["{STRONG}"]']
    assert lines(ANOTHER_STRONG, STRONG) == lines(STRONG, ANOTHER_STRONG)


def test_a_row_that_is_not_known_may_be_evidence_enough() -> None:
    assert lines("http.gone") == []
    assert lines(SENT_BY_OTHERS, "http.gone") == []


def test_nothing_is_offered_for_what_the_configuration_covers_already() -> None:
    lowered = [
        replace(one, confidence=Confidence.WEAK) if one.id == SENT_BY_OTHERS else one
        for one in SIGNATURES
    ]

    assert tuning_lines(record(SENT_BY_OTHERS), lowered, POLICY) == ()


def test_only_an_unexpected_scan_has_lines() -> None:
    expected = replace(record(SENT_BY_OTHERS), expected="audit")
    event = MessageRecord(Action.SENSOR_LIMITED, rules=(SightedRule(SENT_BY_OTHERS),))

    assert tuning_lines(expected, SIGNATURES, POLICY) == ()
    assert tuning_lines(event, SIGNATURES, POLICY) == ()


def test_the_threshold_is_the_sites_own() -> None:
    policy = WindowPolicy(threshold=80)
    found = tuning_lines(record(SENT_BY_OTHERS), SIGNATURES, policy)

    assert found[0].line == f'confidence = {{ "{SENT_BY_OTHERS}" = "weak" }}'


@pytest.mark.parametrize("rules", [(SENT_BY_OTHERS,), (STRONG, WEAK[0]), (SHARED, *WEAK)])
def test_with_the_line_the_scan_is_not_evidence_enough(rules: tuple[str, ...]) -> None:
    found = tuning_lines(record(*rules), SIGNATURES, POLICY)

    assert found
    for one in found:
        settings = validate_settings(tomllib.loads(one.line), "conf")
        loaded = load_signatures((), settings.adjustments)
        assert loaded.refused == ()
        assert set(loaded.changes) == {one.signature}
        scores = {row.id: POLICY.scores[row.confidence] for row in loaded.catalogue.signatures}
        assert sum(scores.get(rule, 0) for rule in rules) < POLICY.threshold


def test_the_cost_is_that_of_the_line() -> None:
    lowered, off = tuning_lines(record(SHARED), SIGNATURES, POLICY)

    assert re.match(r"1 of \d+ recorded scans is no longer detected", lowered.cost)
    assert re.match(r"2 of \d+ recorded scans are no longer detected", off.cost)
    assert "nmap -p3389 -sV (edited nmap)" in off.cost
