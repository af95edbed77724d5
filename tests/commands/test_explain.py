"""The explain command takes a message as JSON, from a file or by its id, and refuses the rest."""

import io
import json
from pathlib import Path

import pytest

from nmapwatchd.cli import main
from nmapwatchd.core.alert import Message
from nmapwatchd.formats.ecs import format_ecs
from nmapwatchd.formats.escape import ELLIPSIS
from nmapwatchd.formats.identity import event_id
from nmapwatchd.reports.record import MAXIMUM_MESSAGE
from tests.commands.test_catalogue import SITE_SIGNATURE
from tests.formats.messages import BLIND, CLOSED, OPENED, SENSOR

Capture = pytest.CaptureFixture[str]
LINE = format_ecs(OPENED, SENSOR).decode()


@pytest.fixture
def config(tmp_path: Path) -> str:
    """A configuration with a file of alerts, which has one scan."""
    file = tmp_path / "conf.toml"
    alerts = tmp_path / "alerts.jsonl"
    alerts.write_bytes(format_ecs(OPENED, SENSOR) + b"\n" + format_ecs(CLOSED, SENSOR) + b"\n")
    file.write_text(
        f'signatures = ["{tmp_path}"]\n[[sink]]\nkind = "jsonl"\npath = "{alerts}"\n'
        '[[sink]]\nkind = "jsonl"\npath = "-"\n'
    )
    return str(file)


def standard_input(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """Have the program read these bytes."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_a_line_of_json_is_explained(capsys: Capture) -> None:
    assert main(["explain", LINE]) == 0

    printed = capsys.readouterr()
    assert "\nWHAT TO DO\n" in printed.out
    assert "found in" not in printed.out
    assert printed.err == ""


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    standard_input(monkeypatch, LINE.encode() + b"\n")

    assert main(["explain", "-"]) == 0

    assert "\naction        scan-opened, " in capsys.readouterr().out


def test_a_file_with_one_message_is_read(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "alert.json"
    file.write_text(json.dumps(json.loads(LINE), indent=2))

    assert main(["explain", str(file)]) == 0

    assert "\naction        scan-opened, " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("wanted", "action"), [(event_id(OPENED), "scan-opened"), (OPENED.scan_id, "scan-closed")]
)
def test_an_id_is_looked_up_in_the_configured_files(
    wanted: str, action: str, config: str, tmp_path: Path, capsys: Capture
) -> None:
    assert main(["explain", wanted, "--config", config]) == 0

    printed = capsys.readouterr().out
    assert f"\naction        {action}, " in printed
    assert f"foundin{tmp_path}/alerts.jsonl" in "".join(printed.split())


def test_an_id_that_is_not_found_fails_and_says_where_it_was_looked_for(
    config: str, tmp_path: Path, capsys: Capture
) -> None:
    wanted = event_id(BLIND)

    assert main(["explain", wanted, "--config", config]) == 1

    error = capsys.readouterr().err
    assert error.startswith(
        f"nmapwatchd: no message or scan {wanted} in {tmp_path}/alerts.jsonl, the journal"
    )
    assert error.count("\n") == 1


def test_json_is_for_programs(config: str, capsys: Capture) -> None:
    assert main(["explain", OPENED.scan_id, "--config", config, "--output", "json"]) == 0

    found = json.loads(capsys.readouterr().out)
    assert (found["action"], found["scan_id"]) == ("scan-closed", OPENED.scan_id)
    assert found["found_in"].endswith("/alerts.jsonl")


def test_a_sites_signatures_are_explained(config: str, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "http.toml").write_text(SITE_SIGNATURE)
    line = LINE.replace("http.nse-user-agent", "http.site")

    assert main(["explain", line, "--config", config]) == 0

    assert "    your row      " in capsys.readouterr().out


def test_an_invalid_signature_of_the_site_hinders_no_explanation(
    config: str, tmp_path: Path
) -> None:
    (tmp_path / "http.toml").write_text("[[signature]]\n")

    assert main(["explain", LINE, "--config", config]) == 0


def test_a_row_that_was_removed_is_said_and_the_rest_explained(capsys: Capture) -> None:
    assert main(["explain", LINE.replace("http.nse-user-agent", "http.gone")]) == 0

    printed = capsys.readouterr().out
    assert "the catalogue does not have this signature" in " ".join(printed.split())
    assert "\nWHAT TO DO\n" in printed


@pytest.mark.parametrize(
    ("alert", "error"),
    [
        ("{}", 'argument: is no message of nmapwatchd: it has no "event"'),
        ("[1]", "argument: is JSON, but not an object"),
        ('{"\udcff": 1}', "argument: is not UTF-8 at byte 3"),
        ("x\x1b[31m",
         "x\\x1b[31m: is no message as JSON, no id of 32 hexadecimal digits, and no file"),
        ("/", "/: Is a directory"),
        ("a\0b", "a\\x00b: is not the path of a file"),
        ("x" * 300, f"{'x' * (60 - len(ELLIPSIS))}{ELLIPSIS}: File name too long"),
        ("/dev/zero", "/dev/zero: is longer than 1 MiB"),
    ],
)  # fmt: skip
def test_what_is_no_alert_is_usage_with_one_line(alert: str, error: str, capsys: Capture) -> None:
    assert main(["explain", alert]) == 2

    assert capsys.readouterr().err == f"nmapwatchd: {error}\n"


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", "is empty"),
        (LINE.encode() * 2, "is more than one message; give one"),
        (b"\x00" * (MAXIMUM_MESSAGE + 2), "is longer than 1 MiB"),
        (b"\x7fELF", "is not JSON: Expecting value at character 1"),
    ],
)
def test_standard_input_without_an_alert_is_usage(
    data: bytes, error: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    standard_input(monkeypatch, data)

    assert main(["explain", "-"]) == 2

    assert capsys.readouterr().err == f"nmapwatchd: standard input: {error}\n"


def test_standard_input_that_is_closed_is_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr("sys.stdin", None)

    assert main(["explain", "-"]) == 2

    assert capsys.readouterr().err == "nmapwatchd: standard input: is closed\n"


@pytest.mark.parametrize("message", [OPENED, CLOSED, BLIND], ids=lambda m: m.action)
def test_every_sentence_of_the_alert_is_kept(message: Message, capsys: Capture) -> None:
    assert main(["explain", format_ecs(message, SENSOR).decode()]) == 0

    first = capsys.readouterr().out.partition("\n\n")[0]
    assert first.replace("\n", " ") in json.loads(format_ecs(message, SENSOR))["message"]


def test_the_configuration_decides_which_line_helps(tmp_path: Path, capsys: Capture) -> None:
    config = tmp_path / "conf.toml"
    heading = "\nIF IT WAS OTHER SOFTWARE\n"
    for entry, is_there in (
        ("", True),
        ('disable = ["http.nse-user-agent"]', False),
        ('confidence = { "http.nse-user-agent" = "weak" }', False),
    ):
        config.write_text(f"signatures = []\n{entry}\n")
        assert main(["explain", "--config", str(config), LINE]) == 0

        printed = capsys.readouterr().out
        assert (heading in printed) is is_there
        assert ("conf.toml:2" in printed) is not is_there
        assert "signature     http.nse-user-agent" in printed
