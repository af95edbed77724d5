import os
from pathlib import Path

import pytest

from nmapwatchd.core.matching.expression import AllOf, AnyOf, Op, Term
from nmapwatchd.drift import DataDirectory, State
from nmapwatchd.errors import OperatorError
from tests.drift.datadir import drift_of, probe_row, row, state_of, term, write

PROBES = b"Probe TCP NULL q||\nProbe TCP Ping q|PING example 1\\r\\n|\n"
SCRIPT = "scripts/ping.nse"


def test_a_probe_with_the_same_bytes_is_still_there(tmp_path: Path) -> None:
    signature = probe_row("PING example 1\r\n")

    assert state_of(tmp_path, {"nmap-service-probes": PROBES}, signature) is State.PRESENT


def test_a_probe_of_the_same_name_with_a_byte_changed_is_changed(tmp_path: Path) -> None:
    signature = probe_row("PING example 2\r\n")

    assert state_of(tmp_path, {"nmap-service-probes": PROBES}, signature) is State.CHANGED


def test_a_long_probe_with_a_part_changed_is_changed(tmp_path: Path) -> None:
    match = term("payload", "HEAD one two three four five", Op.STARTS)
    text = b"Probe TCP Long q|HEAD 1ne tw2 three 4our five and more|\n"
    signature = row(match, "nmap-service-probes")

    assert state_of(tmp_path, {"nmap-service-probes": text}, signature) is State.CHANGED


def test_a_probe_that_nothing_resembles_is_gone(tmp_path: Path) -> None:
    signature = probe_row("HELLO world, are you there")

    assert state_of(tmp_path, {"nmap-service-probes": PROBES}, signature) is State.REMOVED


def test_a_probe_over_the_other_transport_is_another_probe(tmp_path: Path) -> None:
    signature = probe_row("PING example 1\r\n", transport="udp")

    assert state_of(tmp_path, {"nmap-service-probes": PROBES}, signature) is not State.PRESENT


def test_a_payload_that_became_a_probe_is_still_there(tmp_path: Path) -> None:
    signature = probe_row("PING example 1\r\n", source="nmap-payloads")

    assert state_of(tmp_path, {"nmap-service-probes": PROBES}, signature) is State.PRESENT


def test_a_probe_is_compared_without_the_port_it_was_sent_to(tmp_path: Path) -> None:
    match = AllOf((term("payload", "PING", Op.STARTS), term("destination_port", "21")))
    signature = row(match, "nmap-service-probes")

    assert state_of(tmp_path, {"nmap-service-probes": PROBES}, signature) is State.PRESENT


@pytest.mark.parametrize(
    ("script", "state"),
    [
        (b'send("GET /ping-nmap")', State.PRESENT),
        (rb'send("GET /\x70ing\45nmap")', State.PRESENT),
        (b'path = "/ping-" .. name', State.PRESENT),
        (b'-- "/ping-nmap"\nsend("GET /pong")', State.REMOVED),
    ],
)
def test_a_word_is_looked_for_in_what_a_script_writes(
    tmp_path: Path, script: bytes, state: State
) -> None:
    assert state_of(tmp_path, {SCRIPT: script}, row(term("word", "/ping-nmap"), SCRIPT)) is state


def test_a_signature_of_which_one_word_went_is_changed(tmp_path: Path) -> None:
    match = AllOf((term("word", "first-word"), term("word", "other-word")))

    assert state_of(tmp_path, {SCRIPT: b'"first-word"'}, row(match, SCRIPT)) is State.CHANGED


def test_one_of_several_values_or_branches_is_enough(tmp_path: Path) -> None:
    either = Term("word", Op.IS, ("first-word", "spelt-otherwise"))
    match = AnyOf((AllOf((either, term("number", "57005"))), term("word", "neither")))

    assert state_of(tmp_path, {SCRIPT: b'"first-word"'}, row(match, SCRIPT)) is State.PRESENT


def test_a_trace_is_looked_for_instead_of_what_is_sent(tmp_path: Path) -> None:
    signature = row(
        term("word", "built at run time"), SCRIPT, source_strings=("0xdead", "two words")
    )
    script = b'id = 0xdead -- no comment\nsend("two words")'

    assert state_of(tmp_path, {SCRIPT: script}, signature) is State.PRESENT


def test_a_trace_that_went_is_told(tmp_path: Path) -> None:
    signature = row(
        term("word", "built at run time"), SCRIPT, source_strings=("0xdead", "two words")
    )

    assert state_of(tmp_path, {SCRIPT: b"id = 0xdead"}, signature) is State.CHANGED


def test_a_file_that_went_is_told(tmp_path: Path) -> None:
    signature = row(term("word", "word"), "scripts/other.nse")

    assert state_of(tmp_path, {SCRIPT: b""}, signature) is State.FILE_MISSING


def test_several_files_are_taken_together(tmp_path: Path) -> None:
    match = AllOf((term("word", "first-word"), term("word", "other-word")))
    files = {SCRIPT: b'"first-word"', "nselib/ping.lua": b'"other-word"'}

    state = state_of(tmp_path, files, row(match, f"{SCRIPT}, nselib/ping.lua"))

    assert state is State.PRESENT


@pytest.mark.parametrize("source", ["osscan2.cc", "tcpip.cc, FPEngine.cc", "scripts/../../etc/x"])
def test_what_is_compiled_into_nmap_is_not_told_by_a_file(tmp_path: Path, source: str) -> None:
    assert state_of(tmp_path, {SCRIPT: b""}, row(term("word", "w"), source)) is State.NOT_IN_A_FILE


def test_what_a_later_version_brings_is_no_drift(tmp_path: Path) -> None:
    signature = row(term("word", "later-word"), SCRIPT, since="7.95")
    drift = drift_of(tmp_path, {SCRIPT: b""}, signature)

    assert [finding.state for finding in drift.findings] == [State.OTHER_VERSION]
    assert not drift.drifted


def test_a_directory_without_nmaps_files_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="contains none of nmap's data files"):
        DataDirectory(tmp_path)


def test_what_is_no_file_is_missing(tmp_path: Path) -> None:
    directory = write(tmp_path, {"nselib/a.lua": b""})
    (tmp_path / "scripts").mkdir()
    os.mkfifo(tmp_path / "scripts" / "pipe.nse")
    (tmp_path / "scripts" / "folder.nse").mkdir()
    (tmp_path / "nmap-service-probes").mkdir()

    assert directory.source("scripts/pipe.nse") is None
    assert directory.source("scripts/folder.nse") is None
    assert directory.probes == {}
