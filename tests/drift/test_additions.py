from pathlib import Path

import pytest

from tests.drift.datadir import drift_of, probe_row, row, term

SCRIPT = "scripts/ping.nse"


def news(folder: Path, files: dict[str, bytes]) -> list[tuple[str, str, str]]:
    rows = (row(term("word", "x-nmap-known"), SCRIPT),)
    return [(n.file, n.kind, n.text) for n in drift_of(folder, files, *rows).additions]


def test_a_probe_that_no_signature_covers_is_new(tmp_path: Path) -> None:
    text = b"Probe TCP NULL q||\nProbe TCP Old q|OLD!|\nProbe UDP New q|\\0\\x01NEW|\n"
    drift = drift_of(tmp_path, {"nmap-service-probes": text}, probe_row("OLD!"))

    assert [(n.kind, n.location, n.text) for n in drift.additions] == [
        ("probe", "udp New", r"\x00\x01NEW")
    ]
    assert drift.drifted


@pytest.mark.parametrize(
    "code",
    [
        'socket:send("HELLO from Nmap\\r\\n")',
        'local user = "nmap-probe-user"',
        'options["header"]["X-Scanner"] = "nmap/7"',
    ],
)
def test_a_string_that_names_nmap_and_is_sent_is_new(tmp_path: Path, code: str) -> None:
    assert [kind for _, kind, _ in news(tmp_path, {SCRIPT: code.encode()})] == ["string"]


@pytest.mark.parametrize(
    "code",
    [
        'local nmap = require "nmap"',
        '-- sends "nmap-hello"',
        "description = [[ Asks nmap-wise ]]",
        'stdnse.debug1("nmap failed")',
        'return false, "no nmap here"',
        'nmap.fetchfile("nselib/data/nmap-words.lst")',
        'author = "A. of nmap"',
        'send("unmap")',
        'send("GET /x-nmap-known HTTP/1.0")',
    ],
)
def test_a_string_that_is_not_sent_or_already_known_is_not_new(tmp_path: Path, code: str) -> None:
    assert news(tmp_path, {SCRIPT: code.encode()}) == []


def test_a_string_is_shown_without_raw_bytes(tmp_path: Path) -> None:
    ((_, _, text),) = news(tmp_path, {SCRIPT: b'send("nmap\x1b[2J\n")'})

    assert text == r"nmap\x1b[2J\n" or "\x1b" not in text
