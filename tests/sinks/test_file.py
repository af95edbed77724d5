"""A file of JSON lines loses nothing and stays readable, whatever happens to it."""

import json
import os
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from nmapwatchd.core.alert import Message
from nmapwatchd.formats.ecs import document
from nmapwatchd.sinks.file import JsonFile
from nmapwatchd.sinks.sink import SinkError
from tests.formats.messages import BLIND, CLOSED, NASTY, OPENED, SENSOR, filled


def lines(path: Path) -> list[object]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def documents(*messages: Message) -> list[object]:
    return [document(message, SENSOR) for message in messages]


def test_each_message_is_there_as_soon_as_it_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    sink = JsonFile(str(path), SENSOR)
    sink.open()

    sink.send(OPENED)
    assert lines(path) == documents(OPENED)
    sink.send(BLIND)
    assert lines(path) == documents(OPENED, BLIND)


def test_hostile_alerts_are_one_line_each(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    sink = JsonFile(str(path), SENSOR)
    hostile: list[Message] = [filled(text) for text in NASTY]

    for message in hostile:
        sink.send(message)

    assert lines(path) == documents(*hostile)


def test_what_was_there_before_stays(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_text('{"old":1}\n')

    JsonFile(str(path), SENSOR).send(OPENED)

    assert lines(path) == [{"old": 1}, *documents(OPENED)]


def test_a_line_that_a_crash_tore_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_text('{"torn":')

    JsonFile(str(path), SENSOR).send(OPENED)

    assert path.read_text().splitlines()[0] == '{"torn":'
    assert json.loads(path.read_text().splitlines()[1]) == document(OPENED, SENSOR)


def test_a_new_file_is_for_the_service_and_its_group(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    before = os.umask(0)
    try:
        JsonFile(str(path), SENSOR).open()
    finally:
        os.umask(before)

    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("how", ["moved", "removed", "replaced"])
def test_a_file_that_went_away_is_begun_anew(tmp_path: Path, how: str) -> None:
    path, old = tmp_path / "alerts.jsonl", tmp_path / "alerts.jsonl.1"
    sink = JsonFile(str(path), SENSOR)
    sink.send(OPENED)
    if how == "removed":
        path.unlink()
    else:
        path.rename(old)
    if how == "replaced":
        path.touch()

    sink.send(CLOSED)

    assert lines(path) == documents(CLOSED)
    if how != "removed":
        assert lines(old) == documents(OPENED)


def test_a_file_that_was_truncated_is_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    sink = JsonFile(str(path), SENSOR)
    sink.send(OPENED)
    os.truncate(path, 0)

    sink.send(CLOSED)

    assert lines(path) == documents(CLOSED)


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    elsewhere, path = tmp_path / "elsewhere", tmp_path / "alerts.jsonl"
    path.symlink_to(elsewhere)

    with pytest.raises(SinkError, match="symbolic"):
        JsonFile(str(path), SENSOR).open()

    assert not elsewhere.exists()


def test_a_pipe_without_a_reader_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)

    with pytest.raises(SinkError, match="not a regular file"):
        JsonFile(str(path), SENSOR).open()


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match=r"missing/a\.jsonl: No such file"):
        JsonFile(str(tmp_path / "missing" / "a.jsonl"), SENSOR).send(OPENED)


@pytest.mark.parametrize("path", ["", "a\0b"])
def test_what_cannot_be_a_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="no path of a file"):
        JsonFile(path, SENSOR)


def test_where_there_is_no_room_nothing_is_begun(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    sink = JsonFile(str(path), SENSOR)
    sink.send(OPENED)
    size = path.stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # A limit inside the second line, as a full disk would set one; Python ignores SIGXFSZ.
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, before[1]))
    try:
        with pytest.raises(SinkError, match="File too large"):
            sink.send(CLOSED)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    sink.send(BLIND)

    assert lines(path) == documents(OPENED, BLIND)


# Where the program finds what it imports.
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
_PRINT = """
from nmapwatchd.sinks.file import JsonFile
from tests.formats.messages import OPENED, SENSOR
sink = JsonFile("-", SENSOR)
sink.open()
sink.send(OPENED)
sink.close()
sink.send(OPENED)
"""


def test_a_dash_is_standard_output_which_stays_open() -> None:
    printed = subprocess.run(
        [sys.executable, "-c", _PRINT],
        check=True, capture_output=True, text=True, env=ENVIRONMENT,
    ).stdout  # fmt: skip

    assert [json.loads(line) for line in printed.splitlines()] == documents(OPENED, OPENED)
