from dataclasses import replace
from pathlib import Path

import pytest

from nmapwatchd.core.matching.expression import AllOf, AnyOf, Op, Term
from nmapwatchd.drift import State
from tests.drift.datadir import drift_of, probe_row, row, state_of, term

PROBES = b"Probe TCP NULL q||\nProbe TCP Ping q|PING example 1\\r\\n|\n"
SCRIPT = "scripts/ping.nse"


def test_a_probe_with_the_same_bytes_is_present(tmp_path: Path) -> None:
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


def test_a_probe_that_nothing_resembles_is_removed(tmp_path: Path) -> None:
    signature = probe_row("HELLO world, are you there")

    assert state_of(tmp_path, {"nmap-service-probes": PROBES}, signature) is State.REMOVED


def test_a_probe_over_the_other_transport_is_another_probe(tmp_path: Path) -> None:
    signature = probe_row("PING example 1\r\n", transport="udp")

    assert state_of(tmp_path, {"nmap-service-probes": PROBES}, signature) is not State.PRESENT


def test_a_payload_that_became_a_probe_is_present(tmp_path: Path) -> None:
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
def test_a_word_is_searched_for_in_a_scripts_literals(
    tmp_path: Path, script: bytes, state: State
) -> None:
    assert state_of(tmp_path, {SCRIPT: script}, row(term("word", "/ping-nmap"), SCRIPT)) is state


def test_a_signature_of_which_one_word_is_missing_is_changed(tmp_path: Path) -> None:
    match = AllOf((term("word", "first-word"), term("word", "other-word")))

    assert state_of(tmp_path, {SCRIPT: b'"first-word"'}, row(match, SCRIPT)) is State.CHANGED


def test_one_of_several_values_or_branches_is_enough(tmp_path: Path) -> None:
    either = Term("word", Op.IS, ("first-word", "spelt-otherwise"))
    match = AnyOf((AllOf((either, term("number", "57005"))), term("word", "neither")))

    assert state_of(tmp_path, {SCRIPT: b'"first-word"'}, row(match, SCRIPT)) is State.PRESENT


def test_source_strings_are_searched_for_instead_of_values(tmp_path: Path) -> None:
    signature = row(
        term("word", "built at run time"), SCRIPT, source_strings=("0xdead", "two words")
    )
    script = b'id = 0xdead -- no comment\nsend("two words")'

    assert state_of(tmp_path, {SCRIPT: script}, signature) is State.PRESENT


def test_a_source_string_that_is_missing_is_found(tmp_path: Path) -> None:
    signature = row(
        term("word", "built at run time"), SCRIPT, source_strings=("0xdead", "two words")
    )

    assert state_of(tmp_path, {SCRIPT: b"id = 0xdead"}, signature) is State.CHANGED


def test_a_file_that_is_missing_is_found(tmp_path: Path) -> None:
    signature = row(term("word", "word"), "scripts/other.nse")

    assert state_of(tmp_path, {SCRIPT: b""}, signature) is State.FILE_MISSING


def test_several_files_are_taken_together(tmp_path: Path) -> None:
    match = AllOf((term("word", "first-word"), term("word", "other-word")))
    files = {SCRIPT: b'"first-word"', "nselib/ping.lua": b'"other-word"'}

    state = state_of(tmp_path, files, row(match, f"{SCRIPT}, nselib/ping.lua"))

    assert state is State.PRESENT


@pytest.mark.parametrize("source", ["osscan2.cc", "tcpip.cc, FPEngine.cc", "scripts/../../etc/x"])
def test_what_is_compiled_into_nmap_is_not_in_a_file(tmp_path: Path, source: str) -> None:
    assert state_of(tmp_path, {SCRIPT: b""}, row(term("word", "w"), source)) is State.NOT_IN_A_FILE


def test_what_a_later_version_brings_is_no_drift(tmp_path: Path) -> None:
    signature = row(term("word", "later-word"), SCRIPT, since="7.95")
    drift = drift_of(tmp_path, {SCRIPT: b""}, signature)

    assert [finding.state for finding in drift.findings] == [State.OTHER_VERSION]
    assert not drift.drifted


def test_the_verdict_has_its_evidence(tmp_path: Path) -> None:
    match = AllOf((term("word", "first-word"), term("word", "other-word")))
    drift = drift_of(tmp_path, {SCRIPT: b'"first-word"'}, row(match, SCRIPT))

    assert [finding.detail for finding in drift.findings] == ["absent: 'other-word'"]


@pytest.mark.parametrize(
    ("script", "detail"),
    [
        (b'"/ping-" .. name', "partial: '/ping-'"),
        (b'"/ping-nmap"', ""),
    ],
)
def test_a_part_of_a_value_is_evidence(tmp_path: Path, script: bytes, detail: str) -> None:
    drift = drift_of(tmp_path, {SCRIPT: script}, row(term("word", "/ping-nmap"), SCRIPT))

    assert [finding.detail for finding in drift.findings] == [detail]


def test_a_signature_without_literals_is_built_from_pieces(tmp_path: Path) -> None:
    drift = drift_of(tmp_path, {SCRIPT: b""}, row(term("number", "7"), SCRIPT))

    assert [(f.state, f.detail) for f in drift.findings] == [
        (State.NOT_IN_A_FILE, "built from numbers and pieces")
    ]


def test_a_missing_file_of_several_matters_unless_the_rest_suffices(tmp_path: Path) -> None:
    source = f"{SCRIPT}, scripts/gone.nse"
    absent = drift_of(tmp_path, {SCRIPT: b""}, row(term("word", "the-word"), source))
    present = drift_of(tmp_path, {SCRIPT: b'"the-word"'}, row(term("word", "the-word"), source))

    assert [(f.state, f.detail) for f in absent.findings] == [
        (State.FILE_MISSING, "scripts/gone.nse")
    ]
    assert [f.state for f in present.findings] == [State.PRESENT]


def test_missing_probe_files_are_named(tmp_path: Path) -> None:
    drift = drift_of(tmp_path, {SCRIPT: b""}, probe_row("abcd", source="nmap-payloads"))

    assert [(f.state, f.detail) for f in drift.findings] == [(State.FILE_MISSING, "nmap-payloads")]


def test_a_source_of_both_kinds_of_file_needs_one(tmp_path: Path) -> None:
    signature = probe_row("PING example 1\r\n", source=f"nmap-service-probes, {SCRIPT}")
    files = {"nmap-service-probes": PROBES, SCRIPT: b""}

    assert state_of(tmp_path, files, signature) is State.PRESENT


def test_a_version_does_not_excuse_what_is_present(tmp_path: Path) -> None:
    signature = row(term("word", "the-word"), SCRIPT, until="7.80")

    assert state_of(tmp_path, {SCRIPT: b'"the-word"'}, signature) is State.PRESENT
    drift = drift_of(tmp_path, {SCRIPT: b""}, signature)
    assert [f.detail for f in drift.findings] == ["until 7.80"]


def test_signatures_of_other_tools_are_not_compared(tmp_path: Path) -> None:
    other = replace(row(term("word", "the-word"), SCRIPT), tool="zmap")

    assert drift_of(tmp_path, {SCRIPT: b""}, other).findings == ()
