"""An nmap that is newer than the catalogue is reported with the command that compares it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from nmapwatchd.commands.checks.nmap_release import nmap_warnings, warnings_of
from nmapwatchd.signatures.nmap_releases import nmap_range, nmap_releases

PROGRAM = Path("/usr/local/bin/nmap")


def test_a_newer_nmap_is_reported_with_its_own_data_directory() -> None:
    (warning,) = warnings_of("Nmap version 8.01 ( https://nmap.org )\n", PROGRAM)

    assert str(warning) == (
        f"nmap: 8.01 is installed, newer than the catalogue ({nmap_range()}); "
        "run: nmapwatchd drift /usr/local/share/nmap"
    )


@pytest.mark.parametrize("version", [*nmap_releases(), "7.94SVN", "6.40"])
def test_a_known_or_older_nmap_is_not_reported(version: str) -> None:
    assert list(warnings_of(f"Nmap version {version} ( https://nmap.org )\n", PROGRAM)) == []


def test_another_program_of_that_name_is_not_reported() -> None:
    assert list(warnings_of("usage: nmap\n", PROGRAM)) == []


def test_an_nmap_in_the_path_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "nmap"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "Nmap version 99.1 ( https://nmap.org )"\n')
    program.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda _: str(program))

    (warning,) = nmap_warnings()

    assert f"drift {tmp_path}/share/nmap" in str(warning)


def test_without_an_nmap_that_runs_nothing_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert list(nmap_warnings()) == []

    monkeypatch.setattr(shutil, "which", lambda _: "/bin/false")
    assert list(nmap_warnings()) == []

    def stall(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("nmap", 5.0)

    monkeypatch.setattr(subprocess, "run", stall)
    assert list(nmap_warnings()) == []
