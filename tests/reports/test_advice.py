"""What to do depends on the severity and the caveats; nothing from the network is a command."""

import json
import tomllib
from dataclasses import replace

import pytest
from hypothesis import given

from nmapwatchd.config.reader import validate_settings
from nmapwatchd.core.alert import Action, Alert
from nmapwatchd.core.attribution.caveats import Caveat
from nmapwatchd.core.severity import Level
from nmapwatchd.core.units import SECOND
from nmapwatchd.formats.ecs import format_ecs
from nmapwatchd.formats.severity import BY_LEVEL
from nmapwatchd.reports.advice import CAVEATS, CONFIDENCE, authorisation, next_steps
from nmapwatchd.reports.record import MessageRecord, read_message
from tests.formats.messages import AT, CLOSED, FLOOD, OPENED, OUTSIDE, SENSOR, alerts

HOUR = 3600 * SECOND
DAY = 24 * HOUR


def record(alert: Alert = OPENED) -> MessageRecord:
    """Return an alert as it was written."""
    return read_message(format_ecs(alert, SENSOR))


def advice(alert: Alert) -> str:
    """Return all steps about an alert as one text."""
    return " ".join(step.text for step in next_steps(record(alert)))


def covered(alert: Alert, source: str, at: int) -> bool:
    """Return whether the entry for an alert covers a source at a time."""
    text = "\n".join(authorisation(record(alert)))
    return bool(validate_settings(tomllib.loads(text), "x").allowlist.authorisation_for(source, at))


def test_every_caveat_has_a_meaning() -> None:
    assert set(CAVEATS) == set(Caveat)
    assert len(CONFIDENCE) == 3


@pytest.mark.parametrize("seconds", [0, 41, 3_000, 80_000, 86_400, 400_000])
def test_the_entry_covers_the_scan_from_its_first_packet_to_its_last(seconds: int) -> None:
    alert = replace(CLOSED, end=AT + seconds * SECOND)

    assert covered(alert, "10.0.0.5", alert.start)
    assert covered(alert, "10.0.0.5", alert.end)


@pytest.mark.parametrize("end", [AT, AT - AT % HOUR + HOUR, AT - AT % DAY + DAY - SECOND])
def test_the_entry_covers_a_last_packet_at_the_end_of_an_hour_or_day(end: int) -> None:
    assert covered(replace(CLOSED, end=end), "10.0.0.5", end)


def test_the_entry_covers_no_other_host_hour_or_week() -> None:
    assert not covered(OPENED, "10.0.0.6", AT)
    assert not covered(OPENED, "10.0.0.5", AT + HOUR)
    assert not covered(OPENED, "10.0.0.5", AT - HOUR)
    assert not covered(OPENED, "10.0.0.5", AT + 7 * DAY)


def test_an_entry_may_be_for_ipv6() -> None:
    assert covered(replace(OPENED, source="2001:db8::5"), "2001:db8::5", AT)


@pytest.mark.parametrize(
    "alert",
    [replace(OPENED, expected="audit"), replace(OPENED, source='"]\n[[sink]]')],
)
def test_there_is_no_entry_for_what_is_authorised_or_has_no_address(alert: Alert) -> None:
    assert authorisation(record(alert)) == ()


def test_there_is_no_entry_for_a_flood_or_without_times() -> None:
    assert authorisation(read_message(format_ecs(FLOOD, SENSOR))) == ()
    for time in ("", "soon", "2026-11-22T11:49:19", "0001-01-01T00:00:00+23:59"):
        assert (
            authorisation(MessageRecord(Action.SCAN_OPENED, source="::1", start=time, end=time))
            == ()
        )


def test_each_severity_has_its_urgency() -> None:
    levels = [Level.ONE_HOST, Level.SERVICES, Level.INTRUSIVE, Level.MANY_HOSTS]
    severities = [BY_LEVEL[level].severity for level in levels]
    texts = [
        next(step.text for step in next_steps(replace(record(), severity=severity))
             if "nobody can explain" in step.text)
        for severity in (BY_LEVEL[Level.UNPROVEN].severity - 1, *severities)
    ]  # fmt: skip

    assert len(set(texts)) == len(texts)
    assert "can wait" in texts[0]
    assert "this is an attack" in texts[3]


@pytest.mark.parametrize("level", [Level.UNPROVEN, Level.OS_DETECTION])
def test_nobody_is_accused_without_a_proven_source(level: Level) -> None:
    severity = BY_LEVEL[level].severity

    steps = next_steps(replace(record(), severity=severity, caveats=("spoofable",)))

    assert "do not act against anybody" in " ".join(step.text for step in steps)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "Look for 10.0.0.5: it received replies"),
        ({"caveats": ("spoofable",)}, "Do not trust 10.0.0.5"),
        ({"decoys": ("10.0.0.6",)}, "Look for 10.0.0.5: it received replies. The other 1 addr"),
        ({"caveats": ("spoofable",), "decoys": ("10.0.0.6",)}, "One of 2 addresses is the scanner"),
        ({"caveats": ("proxied",)}, "If 10.0.0.5 is a proxy"),
        ({"caveats": ("relayable",)}, "passes on content of others"),
        ({"caveats": ("tunnelled",), "outer": ("192.0.2.1>192.0.2.2",)},
         "(192.0.2.1 to 192.0.2.2)"),
        ({"on_link": True}, "The MAC address is the scanner's own"),
        ({"on_link": False}, "the MAC address is a router's"),
        ({"expected": "audit"}, 'Nothing, if the [[authorised]] entry "audit"'),
        ({"expected": "audit", "caveats": ("spoofable",)}, "somebody else could have used it"),
        ({"closed_by": "eviction"}, "closed by too many scans at once, so it may have gone on"),
    ],
)  # fmt: skip
def test_the_steps_follow_the_alert(changes: dict[str, object], expected: str) -> None:
    assert expected in advice(replace(OPENED, **changes))  # type: ignore[arg-type]


def test_the_entry_that_nearly_covers_the_scan_is_named_with_the_reason() -> None:
    near = "The [[authorised]] entry"

    assert near not in advice(OPENED)
    assert (
        'The [[authorised]] entry "audit" is for this scanner, but does not cover the scan: '
        "target 10.0.0.8 is not among its targets. Ask its owner first."
    ) in advice(OUTSIDE)


def test_a_message_without_a_severity_does_not_wait() -> None:
    assert "deal with it now" in " ".join(
        step.text for step in next_steps(MessageRecord(Action.SCAN_OPENED))
    )


def test_the_switch_port_is_found_by_the_mac_address() -> None:
    commands = [command for step in next_steps(record()) for command in step.commands]

    assert "show mac address-table address 5254.00ab.3456" in commands
    assert "bridge fdb show | grep 52:54:00:ab:34:56" in commands


@given(alerts)
def test_only_addresses_and_ids_reach_a_command(alert: Alert) -> None:
    safe = {command for step in next_steps(record()) for command in step.commands}
    expected = {command.split(" ")[0] for command in safe} | {"nmapwatchd"}

    for step in next_steps(record(alert)):
        for command in step.commands:
            assert command.split(" ")[0] in expected
            assert not set(command.partition(" ")[2]) & set("$`;&<>\\'\n") - {"|"}


def test_a_source_that_is_no_address_is_not_searched() -> None:
    found = MessageRecord(Action.SCAN_CLOSED, source="$(reboot)", macs=("`reboot`",), closed_by="x")

    commands = [command for step in next_steps(found) for command in step.commands]

    assert not [command for command in commands if "reboot" in command]
    assert json.dumps(commands).isascii()


def test_the_time_of_the_entry_is_that_of_the_alert() -> None:
    hours, until = authorisation(record())[-2:]

    assert hours == 'hours = "Sun 11:00-12:00 UTC"'
    assert until.startswith("until = 2026-11-22")
