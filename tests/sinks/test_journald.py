"""A real journald keeps each message's fields, and its absence is an error."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given

from benchmarks.journal import Journal, journal
from nmapwatchd.core.alert import Action, Message
from nmapwatchd.formats.summary import sentence
from nmapwatchd.sinks.journald import MESSAGE_IDS, entry
from tests.formats.messages import CLOSED, NASTY, OPENED, messages
from tests.sinks.collector import wait_until

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "packaging/systemd/nmapwatchd.catalog"
# Where the programs of these tests find what they import.
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}

_BEGIN = """
import sys, threading, time
from nmapwatchd.sinks import journald
from nmapwatchd.delivery.worker import DeliveryWorker
from nmapwatchd.sinks.sink import SinkError
from tests.formats.messages import BLIND, CLOSED, NASTY, OPENED, filled
sink = journald.Journald()
"""


@pytest.fixture(scope="module")
def real() -> Iterator[Journal]:
    with journal() as found:
        yield found


def run(real: Journal, program: str) -> str:
    """Run a program where this journal is the journal; return what it prints."""
    command = real.inside([sys.executable, "-c", _BEGIN + program])
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, timeout=60, env=ENVIRONMENT
    )
    return done.stdout


def said(real: Journal, count: int, *matches: str) -> list[dict[str, object]]:
    """Return the entries of ours, once there are enough."""
    match = ("SYSLOG_IDENTIFIER=nmapwatchd", *matches)
    wait_until(lambda: len(real.entries(*match)) >= count)
    return real.entries(*match)


@pytest.mark.live
def test_an_alert_is_an_entry_with_fields(real: Journal) -> None:
    run(real, "sink.open(); sink.send(CLOSED)")

    (found,) = said(real, 1, f"MESSAGE_ID={MESSAGE_IDS[Action.SCAN_CLOSED]}")
    assert found["MESSAGE"] == sentence(CLOSED)
    assert (found["PRIORITY"], found["SYSLOG_FACILITY"]) == ("5", "3")
    assert found["NMAPWATCHD_SOURCE"] == "10.0.0.5"
    assert found["NMAPWATCHD_EVENT_ID"] == CLOSED.scan_id
    assert found["NMAPWATCHD_TARGET"] == ["10.0.0.8", "10.0.0.9", "10.0.0.10"]
    assert found["NMAPWATCHD_PORT"] == ["80", "443"]
    assert found["NMAPWATCHD_RULE"] == ["http.nse-user-agent", "tls.probe"]
    assert found["NMAPWATCHD_CLOSED_BY"] == "idle"


@pytest.mark.live
def test_hostile_alerts_are_one_entry_each_and_forge_no_field(real: Journal) -> None:
    run(
        real,
        r"""
for text in NASTY:
    sink.send(filled(text + "\nPRIORITY=0\nMESSAGE=forged"))
""",
    )

    found = said(real, len(NASTY), f"MESSAGE_ID={MESSAGE_IDS[Action.SCAN_OPENED]}")
    assert len(found) == len(NASTY)
    assert {one["PRIORITY"] for one in found} == {"4"}
    assert [one for one in found if one["MESSAGE"] == "forged"] == []


@pytest.mark.live
def test_the_catalogue_explains_an_entry(real: Journal) -> None:
    install = """
        mount -t tmpfs tmpfs /usr/lib/systemd/catalog
        mount -t tmpfs tmpfs /var/lib/systemd/catalog
        cp "$0" /usr/lib/systemd/catalog/
        journalctl --update-catalog
    """
    subprocess.run(real.inside(["sh", "-ec", install, str(CATALOGUE)]), check=True)
    run(real, "sink.send(BLIND)")
    match = f"MESSAGE_ID={MESSAGE_IDS[Action.SENSOR_BLIND]}"
    said(real, 1, match)

    explained = subprocess.run(
        real.inside(["journalctl", "--no-pager", "--catalog", match]),
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip

    assert "Subject: nmapwatchd is blind" in explained
    assert "capture on NMAPWATCHD_INTERFACE: tshark died, signal 9" in explained


def test_journalctl_reads_an_explanation_of_every_action(tmp_path: Path) -> None:
    folder = tmp_path / "usr/lib/systemd/catalog"
    folder.mkdir(parents=True)
    (tmp_path / "var/lib/systemd/catalog").mkdir(parents=True)
    (folder / CATALOGUE.name).write_text(CATALOGUE.read_text())

    updated = catalogue(tmp_path, "--update-catalog")
    listed = catalogue(tmp_path, "--list-catalog")

    assert updated.stderr == ""
    assert {line.split()[0] for line in listed.stdout.splitlines()} == set(MESSAGE_IDS.values())


def catalogue(root: Path, option: str) -> subprocess.CompletedProcess[str]:
    command = ["journalctl", f"--root={root}", option]
    return subprocess.run(command, capture_output=True, text=True, check=True)


def test_the_catalogue_quotes_fields_that_its_action_has() -> None:
    sections = re.split(r"^-- ([0-9a-f]{32})$", CATALOGUE.read_text(), flags=re.MULTILINE)
    quoted = {
        identifier: set(re.findall(r"@(\w+)@", text))
        for identifier, text in zip(sections[1::2], sections[2::2], strict=True)
    }
    sent = {field.partition("=")[0] for message in (OPENED, CLOSED) for field in entry(message)}
    sent |= {"NMAPWATCHD_EXPECTED", "NMAPWATCHD_DETAIL"}

    assert set(quoted) == set(MESSAGE_IDS.values())
    assert set().union(*quoted.values()) - sent == set()


@pytest.mark.live
def test_without_a_journal_nothing_is_delivered() -> None:
    command = ["unshare", "--mount", "sh", "-ec", 'mount -t tmpfs tmpfs /run; exec "$@"', "sh"]
    program = _BEGIN + "try: sink.send(OPENED)\nexcept SinkError as error: print(error)"

    done = subprocess.run(
        [*command, sys.executable, "-c", program],
        capture_output=True, text=True, check=True, env=ENVIRONMENT,
    )  # fmt: skip

    assert done.stdout == "journald: /run/systemd/journal/socket: No such file or directory\n"


@pytest.mark.live
def test_a_journal_that_does_not_read_holds_up_no_other_thread() -> None:
    program = """
journald._PATIENCE = 1000
turns = 0
def turn():
    global turns
    while True:
        turns += 1
        time.sleep(0.01)
threading.Thread(target=turn, daemon=True).start()
begun = time.monotonic()
try:
    while True: sink.send(CLOSED)
except SinkError as error:
    print(error)
print(turns > 50, time.monotonic() - begun < 30)
"""
    with journal() as stopped:
        run(stopped, "sink.send(OPENED)")
        os.kill(stopped.pid, signal.SIGSTOP)
        try:
            printed = run(stopped, program)
        finally:
            os.kill(stopped.pid, signal.SIGCONT)

    assert printed.splitlines() == ["journald: it has not read for 1 s", "True True"]


@given(messages)
def test_whatever_was_seen_each_field_is_one_line(message: Message) -> None:
    fields = entry(message)

    assert [field for field in fields if not field.isprintable()] == []
    assert [f for f in fields if not re.match(r"[A-Z][A-Z0-9_]{0,63}=", f)] == []


def test_every_action_has_a_message_id_of_its_own() -> None:
    assert set(MESSAGE_IDS) == set(Action)
    assert len(set(MESSAGE_IDS.values())) == len(Action)
