"""How much a message matters: the number a SIEM sorts by, and the priority syslog knows."""

from collections.abc import Mapping

from nmapwatchd.core.alert import Action, Alert, Message
from nmapwatchd.core.rule import Confidence

# event.severity, of 10. A scan is reconnaissance, not yet damage, so it never reaches the top;
# how sure we are tells the rest. Every alert of a window ranks alike, whatever its action.
_SCAN: Mapping[Confidence, int] = {
    Confidence.EXCLUSIVE: 7,
    Confidence.STRONG: 5,
    Confidence.WEAK: 3,
}
# A blind sensor outranks every scan, for behind it any number of them may go on; one whose alerts
# do not arrive is as grave as the scans that they were about.
_SENSOR: Mapping[Action, int] = {
    Action.SCAN_EXPECTED: 1,
    Action.SENSOR_STARTED: 2,
    Action.SENSOR_HEARTBEAT: 1,
    Action.SENSOR_DROPPING: 6,
    Action.SENSOR_BLIND: 8,
    Action.SENSOR_UNDELIVERED: 7,
    Action.SENSOR_RECOVERED: 3,
    Action.SENSOR_SELFTEST: 1,
    Action.SENSOR_STOPPED: 4,
}

# syslog's severities (RFC 5424, table 2): 3 error, 4 warning, 5 notice, 6 informational.
# `error` and above are what operators are paged for as faults of a machine (`journalctl -p err`):
# a sensor that is blind, or loses what it has to say, is one. A scan is a warning about somebody
# else; what follows an alert that was said is a notice, so that one scan warns once.
_PRIORITY: Mapping[Action, int] = {
    Action.SCAN_OPENED: 4,
    Action.SCAN_CONTINUES: 5,
    Action.SCAN_CLOSED: 5,
    Action.SCAN_EXPECTED: 6,
    Action.SENSOR_STARTED: 6,
    Action.SENSOR_HEARTBEAT: 6,
    Action.SENSOR_DROPPING: 4,
    Action.SENSOR_BLIND: 3,
    Action.SENSOR_UNDELIVERED: 3,
    Action.SENSOR_RECOVERED: 5,
    Action.SENSOR_SELFTEST: 6,
    Action.SENSOR_STOPPED: 5,
}

# syslog's facility `daemon`: where a host's own rules look for a service, and where scanlogd
# logs its scans.
FACILITY = 3


def severity(message: Message) -> int:
    """Return ECS's event.severity, 1 to 8 of 10."""
    if isinstance(message, Alert) and message.action is not Action.SCAN_EXPECTED:
        return _SCAN[message.confidence]
    return _SENSOR[message.action]


def priority(message: Message) -> int:
    """Return syslog's severity, 3 to 6; the lower the graver."""
    return _PRIORITY[message.action]


def syslog_pri(message: Message) -> int:
    """Return facility and severity as one number, as syslog puts in front of a message."""
    return FACILITY * 8 + priority(message)
