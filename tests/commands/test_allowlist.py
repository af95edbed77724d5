"""The allowlist command lists entries with their use, tests what they cover, and proposes some."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nmapwatchd.cli import main
from nmapwatchd.core.alert import Action
from nmapwatchd.formats.ecs import format_ecs
from nmapwatchd.telemetry.authorisation_usage import FILE
from tests.formats.messages import CLOSED, SECOND, SENSOR

Capture = pytest.CaptureFixture[str]
ENTRY = """
[[authorised]]
name = "audit"
from = "10.0.0.5"
hours = "Sun 02:00-05:00"
targets = "10.0.9.0/24"
"""


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


@pytest.fixture
def config(tmp_path: Path) -> str:
    """A configuration with one authorisation, a file of alerts and a state directory."""
    file = tmp_path / "conf.toml"
    file.write_text(
        f'[spool]\ndirectory = "{tmp_path}"\n{ENTRY}'
        f'[[sink]]\nkind = "jsonl"\npath = "{tmp_path}/alerts.jsonl"\n'
    )
    return str(file)


def use(tmp_path: Path) -> None:
    """Have the entry been used."""
    (tmp_path / FILE).write_text(
        '{"version": 1, "authorisations": {"audit": {"since": 1, "scans": 3,'
        ' "last": 1795348159000000000}}}'
    )


@pytest.mark.parametrize("action", [[], ["list"]])
def test_the_entries_are_listed_with_their_use(
    action: list[str], config: str, tmp_path: Path, capsys: Capture
) -> None:
    use(tmp_path)

    assert main(["allowlist", "--config", config, *action]) == 0

    output = capsys.readouterr()
    assert output.out.splitlines()[1] == (
        "audit  2026-11-22 11:49 UTC  3      -      from 10.0.0.5; targets 10.0.9.0/24; "
        "Sun 02:00-05:00 UTC"
    )
    assert output.err == ""


def test_a_use_that_is_not_known_is_a_warning(config: str, tmp_path: Path, capsys: Capture) -> None:
    assert main(["allowlist", "--config", config]) == 0

    output = capsys.readouterr()
    assert "audit  unknown" in output.out
    assert output.err == (
        f"warning: {tmp_path}/{FILE}: No such file or directory; when entries were used is not "
        "known\n"
    )


def test_an_empty_allowlist_says_so(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "conf.toml").write_text("")

    assert main(["allowlist", "--config", str(tmp_path / "conf.toml")]) == 0
    assert capsys.readouterr().out == "no scanner is authorised\n"


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (["10.0.0.5", "--at", "2027-01-03T02:30"], 0, 'authorised as "audit"'),
        (["10.0.0.5", "--at", "2027-01-03T03:30+01:00"], 0, "at 2027-01-03 02:30 UTC: authorised"),
        (["10.0.0.5", "--at", "2027-01-04T02:30"], 1, "outside of its hours Sun 02:00-05:00 UTC"),
        (["10.0.0.5", "--at", "2027-01-03T02:30", "--target", "10.0.8.1"], 1,
         "target 10.0.8.1 is not among its targets"),
        (["10.0.0.6"], 1, "no entry is for this address"),
    ],
)  # fmt: skip
def test_a_scan_is_tested(
    arguments: list[str], status: int, text: str, config: str, capsys: Capture
) -> None:
    assert main(["allowlist", "--config", config, "test", *arguments]) == status
    assert text in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["test", "zz"], '"zz" is not an IP address'),
        (["test", "10.0.0.5", "--mac", "zz"], '"zz" is no hardware address'),
        (["test", "10.0.0.5", "--at", "noon"], '"noon" is not a time such as 2027-01-03T02:30'),
        (["suggest", "--days", "0"], "must be a number from 1 to 366"),
        (["suggest", "--days", "-1"], "must be a number from 1 to 366"),
    ],
)
def test_a_wrong_argument_is_a_usage_error(
    arguments: list[str], text: str, capsys: Capture
) -> None:
    with pytest.raises(SystemExit) as exit_status:
        main(["allowlist", *arguments])

    assert exit_status.value.code == 2
    assert text in capsys.readouterr().err


def test_a_regular_scanner_is_proposed_from_the_files(
    config: str, tmp_path: Path, capsys: Capture
) -> None:
    now = int(datetime.now(UTC).timestamp()) * SECOND
    hour = int(timedelta(hours=1).total_seconds()) * SECOND
    lines = [
        format_ecs(
            replace(CLOSED, scan_id=f"{n:032x}", start=now - n * hour, end=now - n * hour), SENSOR
        )
        for n in range(6, 0, -1)
    ]
    (tmp_path / "alerts.jsonl").write_bytes(b"\n".join([*lines, b"{", b""]))

    assert main(["allowlist", "--config", config, "suggest"]) == 0

    output = capsys.readouterr()
    (entry,) = tomllib.loads(output.out)["authorised"]
    assert (entry["from"], entry["mac"]) == ("10.0.0.5", "52:54:00:ab:34:56")
    assert entry["signatures"] == ["http.nse-user-agent", "tls.probe"]
    assert output.err == (
        f"1 entry proposed, for a person to check, from {tmp_path}/alerts.jsonl\n"
    )


def test_without_anything_regular_the_places_that_were_read_are_named(
    config: str, tmp_path: Path, capsys: Capture
) -> None:
    now = int(datetime.now(UTC).timestamp()) * SECOND
    once = replace(CLOSED, action=Action.SCAN_OPENED, start=now, end=now)
    (tmp_path / "alerts.jsonl").write_bytes(format_ecs(once, SENSOR) + b"\n")

    assert main(["allowlist", "--config", config, "suggest"]) == 0

    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == (
        f"0 entries proposed, for a person to check, from {tmp_path}/alerts.jsonl; "
        "others that scanned, but not regularly: 1\n"
    )
