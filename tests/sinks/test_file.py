"""A file of messages loses nothing and stays readable, whatever happens to it."""

import json
import os
import resource
import stat
from pathlib import Path

import pytest

from nmapwatchd.core.alert import Message
from nmapwatchd.formats.ecs import document, format_ecs
from nmapwatchd.sinks.file import FileSink
from nmapwatchd.sinks.sink import SinkError
from tests.formats.messages import BLIND, CLOSED, NASTY, OPENED, SENSOR, filled


def lines(path: Path) -> list[object]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def documents(*messages: Message) -> list[object]:
    return [document(message, SENSOR) for message in messages]


def test_each_message_is_there_as_soon_as_it_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    sink = FileSink(str(path), SENSOR, format_ecs)
    sink.open()

    sink.send(OPENED)
    assert lines(path) == documents(OPENED)
    sink.send(BLIND)
    assert lines(path) == documents(OPENED, BLIND)


def test_hostile_alerts_are_one_line_each(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    sink = FileSink(str(path), SENSOR, format_ecs)
    hostile: list[Message] = [filled(text) for text in NASTY]

    for message in hostile:
        sink.send(message)

    assert lines(path) == documents(*hostile)


def test_existing_content_stays(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_text('{"old":1}\n')

    FileSink(str(path), SENSOR, format_ecs).send(OPENED)

    assert lines(path) == [{"old": 1}, *documents(OPENED)]


def test_a_partial_line_of_a_crash_corrupts_no_other(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_text('{"torn":')

    FileSink(str(path), SENSOR, format_ecs).send(OPENED)

    assert path.read_text().splitlines()[0] == '{"torn":'
    assert json.loads(path.read_text().splitlines()[1]) == document(OPENED, SENSOR)


def test_a_new_file_is_for_the_service_and_its_group(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    before = os.umask(0)
    try:
        FileSink(str(path), SENSOR, format_ecs).open()
    finally:
        os.umask(before)

    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("how", ["moved", "removed", "replaced"])
def test_a_file_that_was_removed_or_replaced_is_created_again(tmp_path: Path, how: str) -> None:
    path, old = tmp_path / "alerts.jsonl", tmp_path / "alerts.jsonl.1"
    sink = FileSink(str(path), SENSOR, format_ecs)
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
    sink = FileSink(str(path), SENSOR, format_ecs)
    sink.send(OPENED)
    os.truncate(path, 0)

    sink.send(CLOSED)

    assert lines(path) == documents(CLOSED)


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    elsewhere, path = tmp_path / "elsewhere", tmp_path / "alerts.jsonl"
    path.symlink_to(elsewhere)

    with pytest.raises(SinkError, match="symbolic"):
        FileSink(str(path), SENSOR, format_ecs).open()

    assert not elsewhere.exists()


def test_a_pipe_without_a_reader_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)

    with pytest.raises(SinkError, match="not a regular file"):
        FileSink(str(path), SENSOR, format_ecs).open()


def test_a_probe_finds_what_an_opening_would_and_creates_nothing(tmp_path: Path) -> None:
    def probe(path: Path) -> str:
        try:
            FileSink(str(path), SENSOR, format_ecs).probe()
        except SinkError as error:
            return str(error).rpartition(": ")[2]
        return ""

    link, existing = tmp_path / "link", tmp_path / "existing"
    link.symlink_to(existing)
    existing.write_text("")

    assert probe(tmp_path / "new") == ""
    assert probe(existing) == ""
    assert probe(tmp_path / "missing" / "new") == "No such file or directory"
    assert probe(link) == "Too many levels of symbolic links"
    assert probe(tmp_path) == "Is a directory"
    assert probe(Path("/dev/null")) == "not a regular file"
    assert probe(Path("/proc/self/new")) in {"Permission denied", "Read-only file system", ""}
    assert sorted(tmp_path.iterdir()) == [existing, link]


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match=r"missing/a\.jsonl: No such file"):
        FileSink(str(tmp_path / "missing" / "a.jsonl"), SENSOR, format_ecs).send(OPENED)


def test_without_space_no_partial_line_is_written(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    sink = FileSink(str(path), SENSOR, format_ecs)
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


def test_a_partial_line_that_is_empty_is_none(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    path.touch()

    FileSink(str(path), SENSOR, format_ecs).send(OPENED)

    assert path.read_text().count("\n") == 1


def test_the_sink_is_named_after_its_file() -> None:
    assert FileSink("/var/log/a", SENSOR, format_ecs).name == "jsonl /var/log/a"


def test_a_closed_sink_opens_again(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    sink = FileSink(str(path), SENSOR, format_ecs)
    sink.send(OPENED)
    sink.close()
    sink.close()

    sink.send(CLOSED)

    assert lines(path) == documents(OPENED, CLOSED)
