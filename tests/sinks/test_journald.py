"""A real journald keeps each message's fields, and its absence is an error."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.journal import Journal, journal
from nmapwatchd.core.alert import Action
from nmapwatchd.formats.actions import ACTIONS
from nmapwatchd.formats.identity import event_id
from nmapwatchd.formats.journal import format_journal
from nmapwatchd.formats.summary import summarise
from nmapwatchd.sinks.journald import JournaldSink
from nmapwatchd.sinks.sink import SinkError
from tests.formats.messages import CLOSED, NASTY
from tests.sinks.collector import wait_until

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "nmapwatchd/reports/nmapwatchd.catalog"
# For the programs of these tests, so that they find their imports.
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}

_PREAMBLE = """
import sys, threading, time
from nmapwatchd.formats.journal import format_journal
from nmapwatchd.sinks import journald
from nmapwatchd.delivery.worker import DeliveryWorker
from nmapwatchd.sinks.sink import SinkError
from tests.formats.messages import BLIND, CLOSED, NASTY, OPENED, filled
sink = journald.JournaldSink(format_journal)
"""


@pytest.fixture(scope="module")
def real() -> Iterator[Journal]:
    with journal() as found:
        yield found


def run(real: Journal, program: str) -> str:
    """Run a program that logs to this journal; return its output."""
    command = real.inside([sys.executable, "-c", _PREAMBLE + program])
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, timeout=60, env=ENVIRONMENT
    )
    return done.stdout


def entries(real: Journal, count: int, *matches: str) -> list[dict[str, object]]:
    """Return the entries of nmapwatchd, once there are enough."""
    match = ("SYSLOG_IDENTIFIER=nmapwatchd", *matches)
    wait_until(lambda: len(real.entries(*match)) >= count)
    return real.entries(*match)


@pytest.mark.live
def test_an_alert_is_an_entry_with_fields(real: Journal) -> None:
    run(real, "sink.open(); sink.send(CLOSED)")

    (found,) = entries(real, 1, f"MESSAGE_ID={ACTIONS[Action.SCAN_CLOSED].message_id}")
    assert found["MESSAGE"] == summarise(CLOSED)
    assert (found["PRIORITY"], found["SYSLOG_FACILITY"]) == ("5", "3")
    assert found["NMAPWATCHD_SOURCE"] == "10.0.0.5"
    assert found["NMAPWATCHD_EVENT_ID"] == event_id(CLOSED)
    assert found["NMAPWATCHD_SCAN_ID"] == CLOSED.scan_id
    assert found["NMAPWATCHD_SEQUENCE"] == str(CLOSED.sequence)
    assert found["NMAPWATCHD_TARGET"] == ["10.0.0.8", "10.0.0.9", "10.0.0.10"]
    assert found["NMAPWATCHD_PORT"] == ["80", "443"]
    assert found["NMAPWATCHD_RULE"] == ["http.nse-user-agent", "tls.probe"]
    assert found["NMAPWATCHD_CLOSED_BY"] == CLOSED.closed_by


@pytest.mark.live
def test_hostile_alerts_are_one_entry_each_and_forge_no_field(real: Journal) -> None:
    run(
        real,
        r"""
for text in NASTY:
    sink.send(filled(text + "\nPRIORITY=0\nMESSAGE=forged"))
""",
    )

    found = entries(real, len(NASTY), f"MESSAGE_ID={ACTIONS[Action.SCAN_OPENED].message_id}")
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
    match = f"MESSAGE_ID={ACTIONS[Action.SENSOR_BLIND].message_id}"
    entries(real, 1, match)

    explained = subprocess.run(
        real.inside(["journalctl", "--no-pager", "--catalog", match]),
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip

    text = CATALOGUE.read_text().partition(ACTIONS[Action.SENSOR_BLIND].message_id)[2]
    subject, detail = (
        re.search("^Subject: .+$", text, re.MULTILINE),
        re.search("(.*)@NMAPWATCHD_DETAIL@", text),
    )
    assert subject is not None
    assert detail is not None
    assert subject[0] in explained
    before = detail[1].replace("@NMAPWATCHD_INTERFACE@", "eth0")
    assert f"{before}tshark died, signal 9" in explained


@pytest.mark.live
def test_without_a_journal_nothing_is_delivered() -> None:
    command = ["unshare", "--mount", "sh", "-ec", 'mount -t tmpfs tmpfs /run; exec "$@"', "sh"]
    program = _PREAMBLE + "try: sink.send(OPENED)\nexcept SinkError as error: print(error)"

    done = subprocess.run(
        [*command, sys.executable, "-c", program],
        capture_output=True, text=True, check=True, env=ENVIRONMENT,
    )  # fmt: skip

    assert done.stdout == "journald: /run/systemd/journal/socket: No such file or directory\n"


def test_a_missing_library_is_an_error_that_names_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "systemd", None)
    monkeypatch.delitem(sys.modules, "systemd.journal", raising=False)

    with pytest.raises(SinkError, match=r"^journald: .*systemd.*; run: pip install nmapwatchd\["):
        JournaldSink(format_journal).open()


def test_no_command_needs_the_library_before_a_sink_is_opened() -> None:
    program = "import sys, nmapwatchd.cli; print('systemd' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=ENVIRONMENT
    )

    assert done.stdout == "False\n"


@pytest.mark.live
def test_a_journal_that_does_not_read_blocks_no_other_thread() -> None:
    program = """
journald._TIMEOUT = 1000
turns = 0
def turn():
    global turns
    while True:
        turns += 1
        time.sleep(0.01)
threading.Thread(target=turn, daemon=True).start()
started = time.monotonic()
try:
    while True: sink.send(CLOSED)
except SinkError as error:
    print(error)
print(turns > 50, time.monotonic() - started < 30)
"""
    with journal() as stopped:
        run(stopped, "sink.send(OPENED)")
        os.kill(stopped.pid, signal.SIGSTOP)
        try:
            printed = run(stopped, program)
        finally:
            os.kill(stopped.pid, signal.SIGCONT)

    assert printed.splitlines() == ["journald: has not read for 1 s", "True True"]
