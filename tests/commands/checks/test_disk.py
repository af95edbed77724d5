"""A file system without room for what the service will write is reported."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nmapwatchd.commands.checks.disk import directory_problems, disk_warnings, space_problems
from nmapwatchd.config.reader import validate_settings

MEBIBYTE = 1 << 20
ROOMY = {"f_flag": 0, "f_bavail": 1 << 30, "f_frsize": 4096, "f_files": 1000, "f_favail": 900}


def mounted(monkeypatch: pytest.MonkeyPatch, **values: int) -> None:
    """Let every file system have these values."""
    status: Any = SimpleNamespace(**{**ROOMY, **values})
    monkeypatch.setattr(os, "statvfs", lambda _: status)


def test_a_file_system_with_room_is_not_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted(monkeypatch)
    assert list(space_problems(tmp_path, MEBIBYTE, "free space")) == []

    mounted(monkeypatch, f_files=0, f_favail=0)  # as btrfs has it
    assert list(space_problems(tmp_path, MEBIBYTE, "free space")) == []


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (
            {"f_bavail": 3 << 8},  # of 4,096 bytes
            "has 3 MiB free, 128 MiB may be needed; free space",
        ),
        ({"f_favail": 3}, "has 3 inodes free; remove files that are not needed"),
        (
            {"f_flag": os.ST_RDONLY, "f_bavail": 0},
            "is on a read-only file system; remount it, or name another directory",
        ),
    ],
)
def test_what_will_be_trouble_is_reported_with_what_to_do(
    values: dict[str, int], problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted(monkeypatch, **values)

    assert list(space_problems(tmp_path, 128 * MEBIBYTE, "free space")) == [f"{tmp_path} {problem}"]


def test_a_directory_that_is_not_there_yet_is_judged_by_its_parent(tmp_path: Path) -> None:
    needed = 1 << 60

    (problem,) = directory_problems(tmp_path / "a" / "b", needed, "free space")

    assert problem.startswith(f"{tmp_path} has ")
    assert list(space_problems(tmp_path / "a", needed, "free space")) == []


def test_a_directory_of_another_user_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)

    (problem,) = directory_problems(tmp_path, 0, "free space")

    assert problem.startswith(f"{tmp_path} is not writable; messages are kept in memory only")


def test_what_the_spool_has_taken_is_part_of_its_maximum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted(monkeypatch, f_bavail=(3 * MEBIBYTE) // 4096)
    spool = tmp_path / "spool"
    spool.mkdir()
    table = {"spool": {"directory": str(spool), "maximum_mebibytes": 4}}
    settings = validate_settings(table, "conf")
    assert [one.location for one in disk_warnings(settings)] == ["spool"]

    (spool / "spool.db").write_bytes(bytes(MEBIBYTE))
    assert list(disk_warnings(settings)) == []


def test_the_directory_of_a_file_of_json_lines_is_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted(monkeypatch, f_bavail=0)
    sinks = [{"kind": "jsonl", "path": "-"}, {"kind": "jsonl", "path": f"{tmp_path}/a"}]
    spool = {"directory": f"{tmp_path}/spool"}
    settings = validate_settings({"sink": sinks, "spool": spool}, "conf")

    assert [one.location for one in disk_warnings(settings)] == ["spool", "sink[2]"]
    assert list(tmp_path.iterdir()) == []
