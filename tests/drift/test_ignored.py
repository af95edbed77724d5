"""What needs no signature is not reported as new, and nothing beside it."""

from pathlib import Path

import pytest

from nmapwatchd.drift.ignored import IGNORED_PROBES, IGNORED_STRINGS
from tests.drift.datadir import drift_of


@pytest.mark.parametrize(("name", "literal"), IGNORED_STRINGS)
def test_an_ignored_string_is_one_that_would_be_reported(
    tmp_path: Path, name: str, literal: bytes
) -> None:
    quoted = "".join(f"\\x{byte:02x}" for byte in literal).encode()
    send = b'send("' + quoted + b'")\n'
    other = name.replace(".", "-other.")
    drift = drift_of(tmp_path, {name: send, other: send})

    assert [addition.file for addition in drift.additions] == [other]


def test_every_ignored_entry_has_a_reason() -> None:
    assert all((*IGNORED_PROBES.values(), *IGNORED_STRINGS.values()))


def test_an_ignored_probe_is_one_by_transport_and_name(tmp_path: Path) -> None:
    probes = b"Probe UDP ASE q|s|\nProbe TCP ASE q|t|\n"
    drift = drift_of(tmp_path, {"nmap-service-probes": probes})

    assert [addition.location for addition in drift.additions] == ["tcp ASE"]
