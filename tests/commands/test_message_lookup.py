"""A message is found by its id, in files of alerts and what they were rotated to, and a journal."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from benchmarks.journal import Journal, journal
from nmapwatchd.commands import message_lookup
from nmapwatchd.commands.message_lookup import Lookup
from nmapwatchd.core.alert import Message
from nmapwatchd.formats.ecs import format_ecs
from nmapwatchd.formats.identity import event_id
from nmapwatchd.reports.record import MAXIMUM_MESSAGE
from tests.formats.messages import BLIND, CLOSED, OPENED, SENSOR
from tests.sinks.collector import wait_until

ROOT = Path(__file__).parents[2]
SCAN = OPENED.scan_id


def lines(*messages: Message) -> bytes:
    """Return messages as a jsonl sink writes them."""
    return b"".join(format_ecs(message, SENSOR) + b"\n" for message in messages)


@pytest.fixture
def alerts(tmp_path: Path) -> Path:
    """A file with a scan from its opening to its close, and an event of the sensor."""
    file = tmp_path / "alerts.jsonl"
    file.write_bytes(lines(OPENED, BLIND, CLOSED, BLIND))
    return file


@pytest.mark.parametrize("message", [OPENED, CLOSED, BLIND], ids=lambda m: m.action)
def test_an_event_id_finds_its_message(message: Message, alerts: Path) -> None:
    found = Lookup(event_id(message)).in_files([alerts])

    assert found is not None
    assert (found[0].action, found[1]) == (message.action, str(alerts))


def test_a_scan_id_finds_its_last_message(alerts: Path) -> None:
    found = Lookup(SCAN).in_files([alerts])

    assert found is not None
    assert found[0].action == "scan-closed"


def test_an_id_within_another_message_is_not_found(tmp_path: Path) -> None:
    file = tmp_path / "alerts.jsonl"
    file.write_bytes(lines(OPENED).replace(b"10.0.0.5", b"ab" * 16))

    assert Lookup("ab" * 16).in_files([file]) is None


@pytest.mark.parametrize("name", ["alerts.jsonl.1", "alerts.jsonl.2.gz", "alerts.jsonl-20261122"])
def test_a_rotated_file_is_searched(name: str, alerts: Path) -> None:
    content = alerts.read_bytes()
    alerts.write_bytes(b"")
    rotated = alerts.with_name(name)
    rotated.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)

    found = Lookup(SCAN).in_files([alerts])

    assert found is not None
    assert found[1] == str(rotated)


def test_the_newest_file_with_the_scan_is_taken(alerts: Path) -> None:
    for age, (name, message) in enumerate([("alerts.jsonl.1", CLOSED), ("alerts.jsonl.2", OPENED)]):
        rotated = alerts.with_name(name)
        rotated.write_bytes(lines(message))
        os.utime(rotated, (1000 - age, 1000 - age))
    alerts.unlink()

    found = Lookup(SCAN).in_files([alerts])

    assert found is not None
    assert found[0].action == "scan-closed"


def test_what_is_no_message_is_skipped(alerts: Path) -> None:
    torn = format_ecs(OPENED, SENSOR)[50:] + b"\n"
    long = b'{"x":"' + SCAN.encode() + b"x" * MAXIMUM_MESSAGE + lines(OPENED)
    alerts.write_bytes(torn + b"\xff\x00" + SCAN.encode() + b"\n" + long + lines(CLOSED) + torn)

    found = Lookup(SCAN).in_files([alerts])

    assert found is not None
    assert found[0].action == "scan-closed"


def test_the_rest_of_a_line_that_is_too_long_is_no_message(alerts: Path) -> None:
    alerts.write_bytes(b"x" * (MAXIMUM_MESSAGE + 1) + lines(OPENED))

    assert Lookup(SCAN).in_files([alerts]) is None


def test_the_last_line_needs_no_end(alerts: Path) -> None:
    alerts.write_bytes(lines(OPENED).rstrip())

    assert Lookup(SCAN).in_files([alerts]) is not None


def test_places_that_cannot_be_read_are_named_with_the_reason(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "torn.gz").write_bytes(gzip.compress(lines(OPENED) * 99)[:-20])
    (tmp_path / "false.gz").write_bytes(lines(OPENED))
    lookup = Lookup("0" * 32)

    assert (
        lookup.in_files([tmp_path / name for name in ("pipe", "torn.gz", "false.gz", "no\n")])
        is None
    )

    assert lookup.places == [
        f"{tmp_path}/pipe (is not a regular file)",
        f"{tmp_path}/torn.gz (ends in mid-file)",
        f"{tmp_path}/false.gz (Not a gzipped file (b'{{\"'))",
        f"{tmp_path}/no\\n (No such file or directory)",
    ]


def test_a_journal_without_the_id_was_searched(tmp_path: Path) -> None:
    lookup = Lookup(SCAN)

    assert lookup.in_journal(str(tmp_path)) is None
    assert lookup.places == [f"the journal in {tmp_path}"]


def test_the_absence_of_a_journal_on_this_host_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_lookup, "_JOURNALS", (str(tmp_path),))
    lookup = Lookup("0" * 32)
    lookup.in_journal()
    (tmp_path / "machine").mkdir()
    (tmp_path / "machine/system.journal").touch()
    lookup.in_journal()

    assert lookup.places == ["the journal (there is none)", "the journal"]


def test_a_journal_that_is_not_there_is_named_with_the_reason() -> None:
    lookup = Lookup(SCAN)

    assert lookup.in_journal("/nonexistent") is None
    assert lookup.places == ["the journal in /nonexistent (No such file or directory)"]


PROGRAM = "import sys; from nmapwatchd.cli import main; sys.exit(main())"
_SEND = """
from nmapwatchd.formats.journal import format_journal
from nmapwatchd.sinks.journald import JournaldSink
from tests.formats.messages import BLIND, CLOSED, OPENED
sink = JournaldSink(format_journal)
for message in (OPENED, BLIND, CLOSED):
    sink.send(message)
"""


@pytest.fixture(scope="module")
def real() -> Iterator[Journal]:
    """A real journal with a scan and an event of the sensor."""
    with journal() as found:
        run(found, ["-c", _SEND])
        wait_until(lambda: len(found.entries("SYSLOG_IDENTIFIER=nmapwatchd")) == 3)
        yield found


def run(real: Journal, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run Python in the journal's namespace."""
    return subprocess.run(
        real.inside([sys.executable, *arguments]),
        capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


@pytest.mark.live
@pytest.mark.parametrize(
    ("wanted", "action"),
    [
        (event_id(OPENED), "scan-opened"),
        (event_id(BLIND), "sensor-blind"),
        (SCAN.upper(), "scan-closed"),
    ],
)
def test_a_real_journal_has_the_message(wanted: str, action: str, real: Journal) -> None:
    done = run(real, ["-c", PROGRAM, "explain", wanted])

    assert done.stderr == ""
    assert f"\naction        {action}" in done.stdout
    assert "\nfound in      the journal\n" in done.stdout


@pytest.mark.live
def test_an_entry_that_journalctl_prints_is_explained(real: Journal) -> None:
    (entry,) = real.entries(f"NMAPWATCHD_EVENT_ID={event_id(CLOSED)}")

    done = run(real, ["-c", PROGRAM, "explain", json.dumps(entry)])

    assert done.stderr == ""
    assert "\naction        scan-closed, " in done.stdout


@pytest.mark.live
def test_a_real_journal_has_no_other_id(real: Journal) -> None:
    done = run(real, ["-c", PROGRAM, "explain", "0" * 32])

    assert done.returncode == 1
    assert done.stderr == f"nmapwatchd: no message or scan {'0' * 32} in the journal\n"
