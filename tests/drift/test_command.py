import json
from pathlib import Path

import pytest

from nmapwatchd import cli
from nmapwatchd.commands.exit_status import ExitStatus
from nmapwatchd.drift import write as written
from tests.drift.datadir import drift_of, row, term, write

SCRIPT = "scripts/ping.nse"


def test_nothing_drifted_is_success(tmp_path: Path) -> None:
    drift = drift_of(tmp_path, {SCRIPT: b'"word"'}, row(term("word", "word"), SCRIPT))

    assert not drift.drifted
    assert written(drift, "table").startswith("1 present, 0 changed, 0 removed,")


def test_the_table_says_what_drifted_and_where(tmp_path: Path) -> None:
    drift = drift_of(tmp_path, {SCRIPT: b""}, row(term("word", "word"), SCRIPT))

    assert written(drift, "table").splitlines()[0] == (
        f"removed        test.row  {SCRIPT}  absent: 'word'"
    )


def test_json_says_the_same(tmp_path: Path) -> None:
    drift = drift_of(tmp_path, {SCRIPT: b'send("nmap-new")'}, row(term("word", "word"), SCRIPT))
    said = json.loads(written(drift, "json"))

    assert said["drifted"] is True
    assert said["signatures"][0]["state"] == "removed"
    assert said["new"] == [
        {"file": SCRIPT, "kind": "string", "location": "line 1", "text": "nmap-new"}
    ]
    assert said["counts"]["removed"] == said["counts"]["new"] == 1


def test_the_shipped_catalogue_has_drifted_from_an_empty_directory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {"nmap-service-probes": b""})
    status = cli.main(["drift", str(tmp_path)])

    assert status == ExitStatus.FAILED
    assert "0 present" in capsys.readouterr().out


def test_a_directory_of_something_else_is_misuse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["drift", str(tmp_path)]) == ExitStatus.USAGE
    assert "contains none of nmap's data files" in capsys.readouterr().err
