"""What each action means to formats: one row per action."""

from collections.abc import Mapping
from dataclasses import dataclass

from nmapwatchd.core.alert import Action


@dataclass(frozen=True, slots=True)
class Severity:
    """
    How severe a message is.

    Args:
        severity: ECS event.severity, 1 to 10.
        risk_score: ECS event.risk_score, 0 to 100; Elastic's rules take 21, 47, 73 and 99 as the
            least of low, medium, high and critical.
        priority: syslog's severity (RFC 5424, table 2), 3 (error) to 6 (informational).
    """

    severity: int
    risk_score: int
    priority: int


@dataclass(frozen=True, slots=True)
class ActionInfo:
    """
    How formats present one action.

    Args:
        action: the action.
        message_id: journald's MESSAGE_ID, permanent: the journal catalogue explains it, and
            operators' rules refer to it.
        severity: of its messages; None for that of the scan.
        summary: start of the summary of a sensor event, with `{on}` for its interfaces; empty
            for a scan, whose summary is composed from the alert, and where the event's detail is
            the whole sentence.
        event_type: ECS event.type.
    """

    action: Action
    message_id: str
    severity: Severity | None
    summary: str = ""
    event_type: str = "info"


# Operators are paged for `error` and above (`journalctl -p err`): a sensor that is blind, or loses
# messages. A blind sensor outranks most scans, since any number of them may go undetected; lost
# messages are as severe as the scans they reported, and so is a flood, which may hide one. A source
# that floods is no trouble of the sensor.
_ROWS = (
    ActionInfo(
        Action.SCAN_OPENED, "177682d127ee4234ba74c353496b8de7", severity=None,
    ),
    ActionInfo(
        Action.SCAN_CONTINUES, "be29707d11694dbcaacbc8f725dc5eec", severity=None,
    ),
    ActionInfo(
        Action.SCAN_CLOSED, "44887bafc86843c999e8ea287e1ae182", severity=None,
    ),
    ActionInfo(
        Action.SCAN_EXPECTED, "e3e4ece2f7174ebfa28d9558ef00ddf6", severity=None,
    ),
    ActionInfo(
        Action.SCAN_FLOOD, "c3f1d5b0a7e94c62b58d0e46f92a71c8", severity=Severity(7, 73, 4),
    ),
    ActionInfo(
        Action.SENSOR_STARTED, "5b4dafb6f25d42eca50c4187f1db1f59", severity=Severity(2, 0, 6),
        summary="nmapwatchd has started{on}", event_type="start",
    ),
    ActionInfo(
        Action.SENSOR_HEARTBEAT, "0fbdd8c4ea93437f8494d4a108217ea8", severity=Severity(1, 0, 6),
        summary="nmapwatchd is running",
    ),
    ActionInfo(
        Action.SENSOR_DROPPING, "e657068593724e2482f202f90607410d", severity=Severity(6, 47, 4),
        summary="nmapwatchd loses frames{on}",
    ),
    ActionInfo(
        Action.SENSOR_BLIND, "2fd31a0f2dd14b209f18f3ffbef84ab5", severity=Severity(8, 73, 3),
        summary="nmapwatchd is blind{on}, scans are missed",
    ),
    ActionInfo(
        Action.SENSOR_LIMITED, "8d0a6c3be5f14f0a9a4e27c1d6b35f92", severity=Severity(6, 47, 4),
        summary="nmapwatchd does not inspect everything{on}",
    ),
    ActionInfo(
        Action.SENSOR_SHEDDING, "b1f6a0c9d5e84f3f9a7724c08e13d65a", severity=Severity(3, 0, 5),
    ),
    ActionInfo(
        Action.SENSOR_UNDELIVERED, "42b9cb013dc744fa8463c881653a4a34", severity=Severity(7, 73, 3),
        summary="nmapwatchd lost messages",
    ),
    ActionInfo(
        Action.SENSOR_RECOVERED, "5fb292ca62564ec382b2a8e2ee711ce0", severity=Severity(3, 0, 5),
        summary="nmapwatchd captures again{on}",
    ),
    ActionInfo(
        Action.SENSOR_SELFTEST, "cec15b774de141b983976a0bfbeffd91", severity=Severity(1, 0, 6),
        summary="nmapwatchd was tested{on}",
    ),
    ActionInfo(
        Action.SENSOR_STOPPED, "0725b13aa2b042998803624e8cfdf6da", severity=Severity(4, 21, 5),
        summary="nmapwatchd has stopped, scans are missed from now on", event_type="end",
    ),
)  # fmt: skip

ACTIONS: Mapping[Action, ActionInfo] = {row.action: row for row in _ROWS}
