"""Severity of a message, as a SIEM sorts it and as syslog prioritises it."""

from collections.abc import Mapping

from nmapwatchd.core.alert import Action, Alert, Message
from nmapwatchd.core.severity import Level
from nmapwatchd.formats.actions import ACTIONS, Severity

# syslog's facility `daemon`: the usual facility of services, also that of scanlogd's messages.
FACILITY = 3
# Priority of a message about a scan that is no more severe than the message before: one scan
# warns once.
_UPDATE = 5  # notice


# Reconnaissance is not yet damage, so it never reaches the top. Operators are paged for `error` and
# above (`journalctl -p err`): what goes beyond looking, and what concerns many hosts.
BY_LEVEL: Mapping[Level, Severity] = {
    Level.EXPECTED: Severity(1, 0, 6),
    Level.SINGLE_PACKET: Severity(2, 15, 5),
    Level.UNPROVEN: Severity(3, 25, 4),
    Level.ONE_HOST: Severity(4, 47, 4),
    Level.OS_DETECTION: Severity(5, 55, 4),
    Level.SERVICES: Severity(6, 65, 4),
    Level.INTRUSIVE: Severity(7, 75, 3),
    Level.MANY_HOSTS: Severity(8, 80, 3),
}


def severity(message: Message) -> Severity:
    """Return the severity of a message; of a scan's, it is raised once by each level."""
    fixed = ACTIONS[message.action].severity
    if fixed is not None:
        return fixed
    assert isinstance(message, Alert)
    found = BY_LEVEL[message.level]
    if message.is_raised or message.action is Action.SCAN_EXPECTED:
        return found
    return Severity(found.severity, found.risk_score, max(found.priority, _UPDATE))


def syslog_pri(message: Message) -> int:
    """Return the PRI value of a syslog message: facility and severity in one number."""
    return FACILITY * 8 + severity(message).priority
