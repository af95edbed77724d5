"""Each level of a scan and each other message has the severity that the manual states."""

import re
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from nmapwatchd.core.alert import Action, Alert, FloodSummary, Message, SensorEvent
from nmapwatchd.core.attribution.allowlist import Authorisation
from nmapwatchd.core.explanation import Activity, Explanation
from nmapwatchd.core.observation import Transport
from nmapwatchd.core.severity import FEW_PACKETS, MANY_HOSTS, Level
from nmapwatchd.core.windows import window
from nmapwatchd.core.windows.table import WindowPolicy
from nmapwatchd.formats.actions import ACTIONS, Severity
from nmapwatchd.formats.severity import BY_LEVEL, FACILITY, severity, syslog_pri
from tests.building import engine, observation
from tests.formats.messages import AT, FLOOD, OPENED

MANUAL = Path(__file__).parents[2] / "docs/nmapwatchd.8"
AUDIT = Authorisation("audit", (ip_network("10.0.0.5"),))
# syslog's names of its severities (RFC 5424, table 2).
PRIORITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
NOTICE = PRIORITIES.index("notice")

# How the manual names what is in a row of its table.
ROWS = {
    Level.EXPECTED: "authorised scan",
    Level.FEW_PACKETS: f"up to {FEW_PACKETS} packets, source not proven",
    Level.UNPROVEN: "more packets, source not proven",
    Level.ONE_HOST: f"fewer than {MANY_HOSTS} hosts",
    Level.OS_DETECTION: "OS detection",
    Level.SERVICES: "versions or scripts",
    Level.INTRUSIVE: "intrusive scripts",
    Level.MANY_HOSTS: f"{MANY_HOSTS} hosts or more",
}


def manual() -> dict[str, tuple[int, int, str]]:
    """Return the rows of the manual's table: severity, risk score and priority, by name."""
    section = MANUAL.read_text().partition(".Ss Severity")[2].partition(".Ss ")[0]
    rows = re.findall(r"^\.It (.+?) Ta (\d+) Ta (\d+) Ta (\w+)$", section, re.MULTILINE)
    return {name: (int(value), int(score), priority) for name, value, score, priority in rows}


def as_stated(found: Severity) -> tuple[int, int, str]:
    return found.severity, found.risk_score, PRIORITIES[found.priority]


def test_the_manual_has_each_level_and_each_other_action_and_nothing_else() -> None:
    stated = {ROWS[level]: as_stated(found) for level, found in BY_LEVEL.items()}
    for action, info in ACTIONS.items():
        if info.severity is not None:
            stated[action.value] = as_stated(info.severity)

    assert manual() == stated
    assert list(manual())[: len(Level)] == [ROWS[level] for level in Level]


def test_every_level_has_a_severity_and_a_more_severe_one_has_more() -> None:
    rows = [BY_LEVEL[level] for level in Level]

    assert [row.severity for row in rows] == sorted({row.severity for row in rows})
    assert [row.risk_score for row in rows] == sorted({row.risk_score for row in rows})
    assert [-row.priority for row in rows] == sorted(-row.priority for row in rows)
    assert all(1 <= row.severity <= 10 and 0 <= row.risk_score <= 100 for row in rows)


def scan(number: int, hosts: int, is_expected: bool = False, **changes: object) -> Iterator[Alert]:
    """Yield the messages of a scan in an engine."""
    core = engine(authorised=(AUDIT,) if is_expected else ())
    for n in range(number):
        seen = {"payload": b"loud", "destination": f"10.0.0.{n % hosts}", **changes}
        yield from core.observe(observation(n / 100, **seen)).alerts
    yield from core.drain().alerts


UNPROVEN: dict[str, object] = {"transport": Transport.UDP}
PROVEN: dict[str, object] = {"destination_port": 22}


@pytest.mark.parametrize(
    ("run", "changes", "expected"),
    [
        ((1, 1, Activity.DISCOVERY), UNPROVEN, Level.FEW_PACKETS),
        ((FEW_PACKETS, 1, Activity.DISCOVERY), UNPROVEN, Level.FEW_PACKETS),
        ((FEW_PACKETS + 1, 1, Activity.DISCOVERY), UNPROVEN, Level.UNPROVEN),
        ((1, 1, Activity.DISCOVERY), PROVEN, Level.ONE_HOST),
        ((1, 1, Activity.OS_DETECTION), UNPROVEN, Level.OS_DETECTION),
        ((1, 1, Activity.OS_DETECTION), PROVEN, Level.OS_DETECTION),
        ((1, 1, Activity.SERVICES), PROVEN, Level.SERVICES),
        ((1, 1, Activity.INTRUSIVE), PROVEN, Level.INTRUSIVE),
        ((1, 1, Activity.INTRUSIVE), UNPROVEN, Level.OS_DETECTION),
        ((MANY_HOSTS, MANY_HOSTS, Activity.DISCOVERY), PROVEN, Level.MANY_HOSTS),
        ((MANY_HOSTS, MANY_HOSTS, Activity.DISCOVERY), UNPROVEN, Level.OS_DETECTION),
        ((9, 9, Activity.INTRUSIVE), PROVEN, Level.EXPECTED),
    ],
)
def test_the_message_that_raises_a_scan_has_the_severity_in_the_manual(
    monkeypatch: pytest.MonkeyPatch,
    run: tuple[int, int, Activity],
    changes: dict[str, object],
    expected: Level,
) -> None:
    number, hosts, activity = run
    explanation = Explanation((), activity=activity)
    monkeypatch.setattr(window, "explain", lambda *_arguments: explanation)

    is_expected = expected is Level.EXPECTED
    *others, closed = scan(number, hosts, is_expected, **changes)
    raising = others[-1]

    assert (raising.level, closed.level) == (expected, expected)
    assert as_stated(severity(raising)) == manual()[ROWS[expected]]
    assert severity(closed).severity == severity(raising).severity
    assert severity(closed).risk_score == severity(raising).risk_score
    assert severity(closed).priority == max(severity(raising).priority, NOTICE)


def test_a_scan_warns_once_for_each_level(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "explain", lambda *_arguments: Explanation(()))
    messages = list(scan(3 * MANY_HOSTS, 2 * MANY_HOSTS, False, **PROVEN))

    assert [(one.level, PRIORITIES[severity(one).priority]) for one in messages] == [
        (Level.ONE_HOST, "warning"),
        (Level.MANY_HOSTS, "err"),
        (Level.MANY_HOSTS, "notice"),
    ]


def test_nobody_is_paged_for_what_another_host_may_have_sent() -> None:
    for level in Level:
        if level <= Level.OS_DETECTION:
            assert BY_LEVEL[level].priority > PRIORITIES.index("err")


def test_a_flood_has_the_severity_in_the_manual_and_warns_once() -> None:
    core = engine(policy=WindowPolicy(scans_per_minute=1))
    found: list[FloodSummary] = []
    for n in range(90):
        seen = observation(n, source=f"10.1.0.{n}", payload=b"loud", transport=Transport.UDP)
        found += core.observe(seen).summaries
    found += core.drain().summaries

    assert len(found) > 1
    assert as_stated(severity(found[0])) == manual()["scan-flood"]
    for update in found[1:]:
        assert severity(update) == replace(severity(found[0]), priority=NOTICE)


@pytest.mark.parametrize("action", [action for action in Action if action.startswith("sensor-")])
def test_an_event_of_the_sensor_has_the_severity_in_the_manual(action: Action) -> None:
    assert as_stated(severity(SensorEvent(action, AT, "", ("eth0",)))) == manual()[action.value]


@pytest.mark.parametrize("message", [OPENED, FLOOD, SensorEvent(Action.SENSOR_BLIND, AT, "")])
def test_the_pri_value_of_syslog_has_facility_and_priority(message: Message) -> None:
    assert syslog_pri(message) == FACILITY * 8 + severity(message).priority
