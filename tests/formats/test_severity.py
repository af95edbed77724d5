"""Messages are ranked by confidence and action."""

from dataclasses import replace

import pytest

from nmapwatchd.core.alert import Action, Message
from nmapwatchd.core.rule import Confidence
from nmapwatchd.formats.severity import priority, severity, syslog_pri
from tests.formats.messages import BLIND, CLOSED, FLOOD, OPENED


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (OPENED, 7),
        (CLOSED, 7),
        (replace(OPENED, action=Action.SCAN_CONTINUES), 7),
        (replace(OPENED, confidence=Confidence.STRONG), 5),
        (replace(OPENED, confidence=Confidence.WEAK), 3),
        (replace(OPENED, action=Action.SCAN_EXPECTED, expected="audit"), 1),
        (replace(BLIND, action=Action.SENSOR_STARTED), 2),
        (replace(BLIND, action=Action.SENSOR_HEARTBEAT), 1),
        (replace(BLIND, action=Action.SENSOR_DROPPING), 6),
        (FLOOD, 7),
        (BLIND, 8),
        (replace(BLIND, action=Action.SENSOR_UNDELIVERED), 7),
        (replace(BLIND, action=Action.SENSOR_RECOVERED), 3),
        (replace(BLIND, action=Action.SENSOR_SELFTEST), 1),
        (replace(BLIND, action=Action.SENSOR_STOPPED), 4),
    ],
)
def test_severity_ranks_messages(message: Message, expected: int) -> None:
    assert severity(message) == expected


def test_the_more_confident_the_more_severe() -> None:
    ranks = [severity(replace(OPENED, confidence=confidence)) for confidence in Confidence]

    assert sorted(ranks) == [3, 5, 7]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (Action.SCAN_OPENED, 4),
        (Action.SCAN_CONTINUES, 5),
        (Action.SCAN_CLOSED, 5),
        (Action.SCAN_EXPECTED, 6),
        (Action.SENSOR_STARTED, 6),
        (Action.SENSOR_HEARTBEAT, 6),
        (Action.SENSOR_DROPPING, 4),
        (Action.SENSOR_BLIND, 3),
        (Action.SENSOR_UNDELIVERED, 3),
        (Action.SENSOR_RECOVERED, 5),
        (Action.SENSOR_SELFTEST, 6),
        (Action.SENSOR_STOPPED, 5),
    ],
)
def test_priority_pages_operators_for_a_sensor_that_fails(action: Action, expected: int) -> None:
    message = replace(OPENED if action.startswith("scan") else BLIND, action=action)

    assert priority(message) == expected
    assert syslog_pri(message) == 3 * 8 + expected
