"""Drift is an exit status of its own; a directory without nmap's files is an error."""

import json
from pathlib import Path

import pytest

from nmapwatchd.cli import main

Capture = pytest.CaptureFixture[str]


def test_drift_fails_and_is_printed_in_the_chosen_format(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "nmap-service-probes").write_bytes(b"")

    assert main(["drift", "--output", "json", str(tmp_path)]) == 1

    assert json.loads(capsys.readouterr().out)["drifted"] is True


def test_a_directory_without_nmaps_data_is_misuse(tmp_path: Path, capsys: Capture) -> None:
    assert main(["drift", str(tmp_path)]) == 2

    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"nmapwatchd: {tmp_path}: ")


def test_a_signature_that_is_off_is_not_compared(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "nmap-service-probes").write_bytes(b"")
    config = tmp_path / "conf.toml"
    config.write_text('signatures = []\ndisable = ["payload.hp-pjl"]\n')

    for arguments, is_there in (([], True), (["--config", str(config)], False)):
        assert main(["drift", *arguments, str(tmp_path)]) == 1
        assert ("payload.hp-pjl" in capsys.readouterr().out) is is_there
