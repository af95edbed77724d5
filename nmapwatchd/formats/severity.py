"""Severity of a message, as a SIEM sorts it and as syslog prioritises it."""

from collections.abc import Mapping

from nmapwatchd.core.alert import Alert, Message
from nmapwatchd.core.rule import Confidence
from nmapwatchd.formats.actions import ACTIONS

# ECS event.severity of a scan, of 10: reconnaissance is not yet damage, so it never reaches the
# top. All alerts of a window have the same severity, whatever their action.
_BY_CONFIDENCE: Mapping[Confidence, int] = {
    Confidence.EXCLUSIVE: 7,
    Confidence.STRONG: 5,
    Confidence.WEAK: 3,
}

# syslog's facility `daemon`: the usual facility of services, also that of scanlogd's messages.
FACILITY = 3


def severity(message: Message) -> int:
    """Return ECS event.severity, 1 to 8 of 10."""
    fixed = ACTIONS[message.action].severity
    if fixed is not None:
        return fixed
    assert isinstance(message, Alert)
    return _BY_CONFIDENCE[message.confidence]


def priority(message: Message) -> int:
    """Return syslog's severity, 3 to 6; lower is more severe."""
    return ACTIONS[message.action].priority


def syslog_pri(message: Message) -> int:
    """Return the PRI value of a syslog message: facility and severity in one number."""
    return FACILITY * 8 + priority(message)
