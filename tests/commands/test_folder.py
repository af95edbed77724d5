"""A folder's captures are found by content or name; everything else is left alone."""

import gzip
import os
from pathlib import Path

import pytest

from nmapwatchd.commands.folder import read_folder
from tests.frames import write_capture

PCAPNG = b"\x0a\x0d\x0d\x0a" + bytes(24)


def names(folder: Path, files: list[Path]) -> list[str]:
    return [file.relative_to(folder).as_posix() for file in files]


def test_captures_are_found_by_their_content_in_the_order_of_their_names(tmp_path: Path) -> None:
    content = write_capture(tmp_path / "b", []).read_bytes()
    (tmp_path / "c.gz").write_bytes(gzip.compress(content))
    (tmp_path / "a.dump").write_bytes(PCAPNG)
    (tmp_path / "x" / "y").mkdir(parents=True)
    (tmp_path / "x" / "y" / "lan.pcap12").write_bytes(content)

    found = read_folder(tmp_path)

    assert names(tmp_path, found.captures) == ["a.dump", "b", "c.gz", "x/y/lan.pcap12"]
    assert (found.others, found.unreadable) == ([], {})


@pytest.mark.parametrize(
    "name", ["a.pcap", "a.PCAPNG", "a.cap", "a.pcap.gz", "a.pcapng.zst", "a.cap.xz"]
)
def test_a_file_with_a_captures_name_is_meant_to_be_one(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"hello")

    assert names(tmp_path, read_folder(tmp_path).captures) == [name]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.txt", b"hello"),
        ("empty", b""),
        ("short", b"\xd4"),
        ("logs.gz", gzip.compress(b"a log")),
        ("cut.gz", gzip.compress(b"a log")[:12]),
        ("wrong.gz", b"\x1f\x8bhello, this is not gzip"),
        ("logs.tar.xz", b"\xfd7zXZ\0"),
        ("pcap", b"hello"),
    ],
)
def test_other_files_are_no_captures(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)

    found = read_folder(tmp_path)

    assert (found.captures, names(tmp_path, found.others)) == ([], [name])


def test_a_pipe_is_not_waited_for_whatever_its_name(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "live.pcap")

    assert names(tmp_path, read_folder(tmp_path).others) == ["live.pcap"]


def test_a_link_to_the_folder_itself_is_not_followed(tmp_path: Path) -> None:
    write_capture(tmp_path / "a.pcap", [])
    (tmp_path / "again").symlink_to(tmp_path)

    assert names(tmp_path, read_folder(tmp_path).captures) == ["a.pcap"]


def test_what_cannot_be_read_is_reported_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    secret = tmp_path / "secret"
    secret.mkdir()
    scandir = os.scandir

    def denying(path: str) -> object:
        if path == str(secret):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", denying)

    assert read_folder(tmp_path).unreadable == {
        tmp_path / "gone": "No such file or directory",
        secret: "Permission denied",
    }
