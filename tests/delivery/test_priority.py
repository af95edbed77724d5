"""A message's priority decides which capacity it may use."""

from dataclasses import replace

import pytest

from nmapwatchd.core.alert import Action, Message
from nmapwatchd.delivery.priority import Priority
from tests.formats.messages import BLIND, CLOSED, FLOOD, OPENED


@pytest.mark.parametrize(
    ("message", "priority"),
    [
        (replace(OPENED, caveats=("proxied", "spoofable")), Priority.UNPROVEN),
        (OPENED, Priority.PROVEN),
        (replace(CLOSED, caveats=("proxied",)), Priority.PROVEN),
        (replace(BLIND, action=Action.SENSOR_HEARTBEAT), Priority.PROVEN),
        (replace(BLIND, action=Action.SENSOR_SELFTEST), Priority.PROVEN),
        (BLIND, Priority.SENSOR),
        (replace(BLIND, action=Action.SENSOR_UNDELIVERED), Priority.SENSOR),
        (FLOOD, Priority.SENSOR),
    ],
)
def test_what_is_proven_outranks_what_may_be_forged(message: Message, priority: Priority) -> None:
    assert Priority.of(message) is priority


def test_the_sensor_outranks_every_scan() -> None:
    assert sorted(Priority) == [Priority.UNPROVEN, Priority.PROVEN, Priority.SENSOR]
