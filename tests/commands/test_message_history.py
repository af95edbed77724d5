"""All messages about scans are read from the files of alerts, or from the journal."""

import gzip
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.journal import Journal, journal
from nmapwatchd.commands.message_history import History
from nmapwatchd.core.alert import Action, Alert
from nmapwatchd.formats.ecs import format_ecs
from nmapwatchd.formats.identity import event_id
from tests.formats.messages import AT, BLIND, CLOSED, FLOOD, OPENED, SECOND, SENSOR
from tests.sinks.collector import wait_until

ROOT = Path(__file__).parents[2]
SINCE = datetime.fromtimestamp(AT / SECOND, UTC) - timedelta(days=1)
EXPECTED = replace(CLOSED, action=Action.SCAN_EXPECTED, expected="audit")


def lines(*messages: Alert) -> bytes:
    return b"".join(format_ecs(message, SENSOR) + b"\n" for message in messages)


def numbered(number: int) -> Alert:
    return replace(OPENED, scan_id=f"{number:032x}")


def ids(history: History, *files: Path, directory: str = "/nowhere") -> list[str]:
    return [message.event_id for message in history.messages(files, directory)]


def test_only_messages_about_scans_that_are_not_authorised_are_read(tmp_path: Path) -> None:
    file = tmp_path / "alerts.jsonl"
    others = b"".join(format_ecs(message, SENSOR) + b"\n" for message in (BLIND, FLOOD, EXPECTED))
    file.write_bytes(lines(OPENED) + others + b'{"scan-": 1}\nscan-\n\xff scan-\n' + lines(CLOSED))

    assert ids(History(SINCE), file) == [event_id(OPENED), event_id(CLOSED)]


def test_rotated_files_are_read_the_oldest_first(tmp_path: Path) -> None:
    for age, name in enumerate(["alerts.jsonl", "alerts.jsonl.1", "alerts.jsonl.2.gz"]):
        file = tmp_path / name
        content = lines(numbered(age))
        file.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        os.utime(file, (AT // SECOND - age, AT // SECOND - age))

    assert ids(History(SINCE), tmp_path / "alerts.jsonl") == [
        event_id(numbered(age)) for age in (2, 1, 0)
    ]


def test_what_is_too_old_is_left_out_by_message_and_by_file(tmp_path: Path) -> None:
    old = replace(OPENED, end=AT - 3 * 86_400 * SECOND)
    file = tmp_path / "alerts.jsonl"
    file.write_bytes(lines(old, OPENED))
    (tmp_path / "alerts.jsonl.1").write_bytes(lines(CLOSED))
    os.utime(tmp_path / "alerts.jsonl.1", (1000, 1000))
    history = History(SINCE)

    assert ids(history, file) == [event_id(OPENED)]
    assert history.places == [str(file)]


@pytest.mark.parametrize("time", ["", "soon", "2026-11-22T11:49:19", "9" * 400])
def test_a_message_without_a_time_is_left_out(time: str, tmp_path: Path) -> None:
    file = tmp_path / "alerts.jsonl"
    end = b"2026-11-22T11:49:19.426Z"
    assert end in lines(OPENED)
    file.write_bytes(lines(OPENED).replace(end, time.encode()))

    assert ids(History(SINCE), file) == []


def test_what_cannot_be_read_is_named_with_the_reason(tmp_path: Path) -> None:
    pipe, cut = tmp_path / "pipe", tmp_path / "cut.gz"
    os.mkfifo(pipe)
    cut.write_bytes(gzip.compress(lines(OPENED))[:-9])
    history = History(SINCE)

    ids(history, tmp_path / "absent", pipe, cut)

    assert history.places[:2] == [
        f"{tmp_path}/absent (No such file or directory)",
        f"{pipe} (is not a regular file)",
    ]
    assert history.places[2] == f"{cut} (ends in mid-file)"


_SEND = """
from nmapwatchd.formats.journal import format_journal
from nmapwatchd.sinks.journald import JournaldSink
from tests.commands.test_message_history import EXPECTED
from tests.formats.messages import BLIND, CLOSED, OPENED
sink = JournaldSink(format_journal)
for message in (OPENED, BLIND, EXPECTED, CLOSED):
    sink.send(message)
"""
_READ = """
from tests.commands.test_message_history import SINCE, History
history = History(SINCE)
print(*(message.event_id for message in history.messages([], None)), *history.places)
"""


@pytest.fixture(scope="module")
def written() -> Iterator[Journal]:
    """A journal with a scan, an authorised one and an event of the sensor."""
    with journal() as found:
        run(found, _SEND)
        wait_until(lambda: len(found.entries("SYSLOG_IDENTIFIER=nmapwatchd")) == 4)
        yield found


def run(found: Journal, program: str) -> str:
    """Run Python in the journal's namespace, and return what it prints."""
    return subprocess.run(
        found.inside([sys.executable, "-c", program]),
        capture_output=True, text=True, check=True, timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ).stdout  # fmt: skip


@pytest.mark.live
def test_the_journal_is_read_where_the_files_have_nothing(written: Journal) -> None:
    assert run(written, _READ).split() == [
        event_id(OPENED), event_id(CLOSED), "the", "journal",
    ]  # fmt: skip


def test_the_journal_is_not_read_where_a_file_has_the_messages(tmp_path: Path) -> None:
    file = tmp_path / "alerts.jsonl"
    file.write_bytes(lines(OPENED))
    history = History(SINCE)

    assert ids(history, file) == [event_id(OPENED)]
    assert history.places == [str(file)]


def test_a_journal_that_is_not_there_is_named_with_the_reason() -> None:
    history = History(SINCE)

    assert ids(history) == []
    assert history.places == ["the journal in /nowhere (No such file or directory)"]
