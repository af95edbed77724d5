"""What bad input gets: one clear error, the right exit status, and what could be read."""

import json
import shutil
from pathlib import Path

import pytest

from nmapwatchd.cli import main

GOLDEN = Path(__file__).parent / "goldens" / "nmap" / "http-default-scripts.pcap"

Said = pytest.CaptureFixture[str]


def test_a_capture_gives_its_alerts(capsys: Said) -> None:
    assert main(["replay", str(GOLDEN)]) == 0

    opened, closed = capsys.readouterr().out.splitlines()
    assert opened.startswith("10.77.0.5 (unless spoofed) scans with nmap: ")
    assert closed.startswith("10.77.0.5 scanned with nmap ")


def test_json_lines_name_the_capture(capsys: Said) -> None:
    assert main(["replay", "--output", "json", str(GOLDEN)]) == 0

    documents = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {d["nmapwatchd"]["capture"] for d in documents} == {str(GOLDEN)}
    assert len({d["event"]["id"] for d in documents}) == 1


def test_a_truncated_capture_gives_the_alerts_of_what_could_be_read(
    tmp_path: Path, capsys: Said
) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(GOLDEN.read_bytes()[:20_007])

    assert main(["replay", str(cut)]) == 1

    said = capsys.readouterr()
    assert said.out.startswith("10.77.0.5 (unless spoofed) scans with nmap: ")
    assert "truncated dump file" in said.err
    assert "alerts=2" in said.err


@pytest.mark.parametrize(
    ("content", "fault"),
    [(b"", "is empty"), (b"hello, this is no capture\n" * 4, "isn't a capture file")],
)
def test_what_is_no_capture_is_said(
    content: bytes, fault: str, tmp_path: Path, capsys: Said
) -> None:
    file = tmp_path / "odd.pcap"
    file.write_bytes(content)

    assert main(["replay", str(file)]) == 1

    said = capsys.readouterr()
    assert (said.out, fault in said.err, str(file) in said.err) == ("", True, True)
    assert "replayed" not in said.err


def test_each_capture_stands_alone(tmp_path: Path, capsys: Said) -> None:
    missing = tmp_path / "missing.pcap"

    assert main(["replay", str(missing), str(GOLDEN)]) == 1

    said = capsys.readouterr()
    assert "No such file" in said.err
    assert len(said.out.splitlines()) == 2


@pytest.mark.parametrize(
    ("config", "fault"),
    [
        ("colour = 1\n", "colour: unknown key"),
        ('[[authorised]]\nname = "a"\nfrom = "10.0.0.300"\n', "authorised[1].from: '10.0.0.300'"),
    ],
)
def test_a_faulty_configuration_is_told_with_file_and_key(
    config: str, fault: str, tmp_path: Path, capsys: Said
) -> None:
    file = tmp_path / "conf.toml"
    file.write_text(config)

    assert main(["replay", "--config", str(file), str(GOLDEN)]) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"nmapwatchd: {file}: {fault}")


def test_a_check_tells_what_is_right(tmp_path: Path, capsys: Said) -> None:
    file = tmp_path / "conf.toml"
    alerts = tmp_path / "alerts.jsonl"
    file.write_text(
        f'interfaces = ["lo"]\nsignatures = []\n[[sink]]\nkind = "jsonl"\npath = "{alerts}"\n'
    )

    assert main(["check", "--config", str(file)]) == 0

    assert "knows every field that signatures read" in capsys.readouterr().out


def test_a_check_tells_an_interface_that_is_not_there(tmp_path: Path, capsys: Said) -> None:
    file = tmp_path / "conf.toml"
    file.write_text('interfaces = ["nope0"]\nsignatures = []\n')

    assert main(["check", "--config", str(file)]) == 1

    assert "interfaces: nope0: there is no such interface" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("program", "fault"),
    [
        ("", "tshark: not found; install Debian's package tshark"),
        ("#!/bin/sh\necho TShark 3.4.10\n", "tshark: version 3.4.10 is too old; 4.0 is needed"),
    ],
)
def test_tshark_that_is_missing_or_too_old_is_told(
    program: str, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    for name in ("sh", "setpriv"):
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    if program:
        (tmp_path / "tshark").write_text(program)
        (tmp_path / "tshark").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert main(["replay", str(GOLDEN)]) == 2

    assert capsys.readouterr().err.splitlines()[-1] == f"nmapwatchd: {fault}"


@pytest.mark.parametrize("output", ["table", "json", "markdown", "suricata"])
def test_the_catalogue_is_written_in_every_form(output: str, capsys: Said) -> None:
    assert main(["catalogue", "--output", output]) == 0

    assert "http.nse-user-agent" in capsys.readouterr().out
