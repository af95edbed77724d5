import json
from pathlib import Path

import pytest

from nmapwatchd import cli
from nmapwatchd.commands.exit_status import ExitStatus
from nmapwatchd.drift import FORMATS, State
from nmapwatchd.drift import write as written
from tests.drift.datadir import drift_of, row, term, write

SCRIPT = "scripts/ping.nse"


def test_nothing_drifted_is_success(tmp_path: Path) -> None:
    drift = drift_of(tmp_path, {SCRIPT: b'"word"'}, row(term("word", "word"), SCRIPT))

    assert not drift.drifted
    assert written(drift, "table").startswith("1 present, 0 changed, 0 removed,")


def test_the_table_has_a_line_per_difference(tmp_path: Path) -> None:
    drift = drift_of(tmp_path, {SCRIPT: b""}, row(term("word", "word"), SCRIPT))

    assert written(drift, "table").splitlines()[0] == (
        f"removed        test.row  {SCRIPT}  absent: 'word'"
    )


def test_json_has_every_signature_and_addition(tmp_path: Path) -> None:
    drift = drift_of(tmp_path, {SCRIPT: b'send("nmap-new")'}, row(term("word", "word"), SCRIPT))
    report = json.loads(written(drift, "json"))

    assert report["drifted"] is True
    assert report["signatures"][0]["state"] == "removed"
    assert report["new"] == [
        {"file": SCRIPT, "kind": "string", "location": "line 1", "text": "nmap-new"}
    ]
    assert report["counts"]["removed"] == report["counts"]["new"] == 1


def test_the_shipped_catalogue_has_drifted_from_an_empty_directory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {"nmap-service-probes": b""})
    status = cli.main(["drift", str(tmp_path)])

    assert status == ExitStatus.FAILED
    assert "0 present" in capsys.readouterr().out


def test_a_directory_without_nmaps_files_is_misuse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["drift", str(tmp_path)]) == ExitStatus.USAGE
    assert "contains none of nmap's data files" in capsys.readouterr().err


def test_the_states_are_named_plainly_and_counted_in_their_order(tmp_path: Path) -> None:
    drift = drift_of(tmp_path, {SCRIPT: b'"word"'}, row(term("word", "word"), "osscan2.cc"))

    assert [state.value for state in State] == [
        "present", "changed", "removed", "file missing", "other version", "not in a file",
    ]  # fmt: skip
    assert written(drift, "table") == (
        "0 present, 0 changed, 0 removed, 0 file missing, 0 other version, 1 not in a file, 0 new\n"
    )


def test_an_addition_has_its_file_location_and_text(tmp_path: Path) -> None:
    drift = drift_of(tmp_path, {SCRIPT: b'\nsend("nmap-new")'})

    assert written(drift, "table").splitlines()[0] == f"new string     {SCRIPT}  line 2  nmap-new"


def test_every_format_is_written() -> None:
    assert FORMATS == ("table", "json")
