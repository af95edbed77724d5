"""Severity of a message, as a SIEM sorts it and as syslog prioritises it."""

from collections.abc import Mapping
from dataclasses import replace

from nmapwatchd.core.alert import Alert, FloodSummary, Message
from nmapwatchd.core.severity import Level
from nmapwatchd.formats.actions import ACTIONS, Severity

# syslog's facility `daemon`: the usual facility of services, also that of scanlogd's messages.
FACILITY = 3
# Priority of a further message about a scan that is no more severe, or about a flood: each warns
# once.
_UPDATE = 5  # notice

# Reconnaissance is not yet damage, so it never reaches the top. Operators are paged for `error` and
# above (`journalctl -p err`): what goes beyond looking, and what concerns many hosts.
BY_LEVEL: Mapping[Level, Severity] = {
    Level.EXPECTED: Severity(1, 0, 6),
    Level.FEW_PACKETS: Severity(2, 15, 5),
    Level.UNPROVEN: Severity(3, 25, 4),
    Level.ONE_HOST: Severity(4, 47, 4),
    Level.OS_DETECTION: Severity(5, 55, 4),
    Level.SERVICES: Severity(6, 65, 4),
    Level.INTRUSIVE: Severity(7, 75, 3),
    Level.MANY_HOSTS: Severity(8, 80, 3),
}


def severity(message: Message) -> Severity:
    """Return the severity of a message; a scan's warns once for each level that it reaches."""
    if isinstance(message, Alert):
        found, is_update = BY_LEVEL[message.level], not message.is_raised
    else:
        fixed = ACTIONS[message.action].severity
        assert fixed is not None, "only a scan's depends on more than its action"
        found = fixed
        is_update = isinstance(message, FloodSummary) and message.sequence > 1
    return replace(found, priority=max(found.priority, _UPDATE)) if is_update else found


def syslog_pri(message: Message) -> int:
    """Return the PRI value of a syslog message: facility and severity in one number."""
    return FACILITY * 8 + severity(message).priority
