"""Every action has one row in the table, and the journal catalogue explains each."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from nmapwatchd.core.alert import Action, Message, SensorEvent
from nmapwatchd.formats.actions import ACTIONS, Severity
from nmapwatchd.formats.journal import format_journal
from tests.formats.messages import AT, CLOSED, FLOOD, OPENED

CATALOGUE = Path(__file__).parents[2] / "nmapwatchd/reports/nmapwatchd.catalog"
MESSAGE_IDS = {info.message_id for info in ACTIONS.values()}

# Contract: operators' rules name these values, so a change breaks their set-ups.
CONTRACT = {
    "scan-opened": ("177682d127ee4234ba74c353496b8de7", None, "info"),
    "scan-continues": ("be29707d11694dbcaacbc8f725dc5eec", None, "info"),
    "scan-closed": ("44887bafc86843c999e8ea287e1ae182", None, "info"),
    "scan-expected": ("e3e4ece2f7174ebfa28d9558ef00ddf6", None, "info"),
    "scan-flood": ("c3f1d5b0a7e94c62b58d0e46f92a71c8", Severity(7, 73, 4), "info"),
    "sensor-started": ("5b4dafb6f25d42eca50c4187f1db1f59", Severity(2, 0, 6), "start"),
    "sensor-heartbeat": ("0fbdd8c4ea93437f8494d4a108217ea8", Severity(1, 0, 6), "info"),
    "sensor-dropping": ("e657068593724e2482f202f90607410d", Severity(6, 47, 4), "info"),
    "sensor-blind": ("2fd31a0f2dd14b209f18f3ffbef84ab5", Severity(8, 73, 3), "info"),
    "sensor-limited": ("8d0a6c3be5f14f0a9a4e27c1d6b35f92", Severity(6, 47, 4), "info"),
    "sensor-shedding": ("b1f6a0c9d5e84f3f9a7724c08e13d65a", Severity(3, 0, 5), "info"),
    "sensor-undelivered": ("42b9cb013dc744fa8463c881653a4a34", Severity(7, 73, 3), "info"),
    "sensor-recovered": ("5fb292ca62564ec382b2a8e2ee711ce0", Severity(3, 0, 5), "info"),
    "sensor-selftest": ("cec15b774de141b983976a0bfbeffd91", Severity(1, 0, 6), "info"),
    "sensor-stopped": ("0725b13aa2b042998803624e8cfdf6da", Severity(4, 21, 5), "end"),
}


def message(action: Action) -> Message:
    """Return a message of an action."""
    if action.startswith("sensor-"):
        return SensorEvent(action, AT, "detail", ("eth0",))
    if action is Action.SCAN_FLOOD:
        return FLOOD
    return replace(CLOSED if action is Action.SCAN_CLOSED else OPENED, action=action)


def test_every_action_has_one_row() -> None:
    assert set(ACTIONS) == set(Action)
    assert all(action is info.action for action, info in ACTIONS.items())


def test_every_action_has_a_message_id_of_its_own() -> None:
    assert len(MESSAGE_IDS) == len(Action)
    assert all(re.fullmatch("[0-9a-f]{32}", message_id) for message_id in MESSAGE_IDS)


@pytest.mark.parametrize("action", Action)
def test_the_values_are_those_that_operators_rely_on(action: Action) -> None:
    info = ACTIONS[action]

    found = (info.message_id, info.severity, info.event_type)
    assert found == CONTRACT[action.value]


def test_sensor_events_and_only_they_have_a_summary_of_their_own() -> None:
    summaries = {action: info.summary for action, info in ACTIONS.items() if info.summary}

    sensor = {action for action in Action if action.startswith("sensor-")}
    assert set(summaries) == sensor - {Action.SENSOR_SHEDDING}  # its detail is a sentence
    assert len(set(summaries.values())) == len(summaries)


def sections() -> dict[str, str]:
    """Return the journal catalogue's text of each message id."""
    parts = re.split(r"^-- ([0-9a-f]{32})$", CATALOGUE.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_the_journal_catalogue_explains_every_action() -> None:
    assert set(sections()) == MESSAGE_IDS
    assert all(re.search("^Subject: .+$", text, re.MULTILINE) for text in sections().values())


def test_the_journal_catalogue_quotes_only_fields_that_its_action_has() -> None:
    for action, info in ACTIONS.items():
        quoted = set(re.findall(r"@(\w+)@", sections()[info.message_id]))
        sent = {field.partition("=")[0] for field in format_journal(message(action))}
        sent |= {"NMAPWATCHD_EXPECTED"} if action is Action.SCAN_EXPECTED else set()

        assert quoted - sent == set()


def test_journalctl_reads_an_explanation_of_every_action(tmp_path: Path) -> None:
    folder = tmp_path / "usr/lib/systemd/catalog"
    folder.mkdir(parents=True)
    (tmp_path / "var/lib/systemd/catalog").mkdir(parents=True)
    (folder / CATALOGUE.name).write_text(CATALOGUE.read_text())

    updated = journalctl(tmp_path, "--update-catalog")
    listed = journalctl(tmp_path, "--list-catalog")

    assert updated.stderr == ""
    assert {line.split()[0] for line in listed.stdout.splitlines()} == MESSAGE_IDS


def journalctl(root: Path, option: str) -> subprocess.CompletedProcess[str]:
    command = ["journalctl", f"--root={root}", option]
    return subprocess.run(command, capture_output=True, text=True, check=True)
