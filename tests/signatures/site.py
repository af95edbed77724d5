"""A signature file of a site."""

from pathlib import Path

from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.signatures.reader import read_signatures

ROW = """\
[[signature]]
id          = "http.audit"
title       = "Audit"
match       = { user_agent.is = "audit" }
confidence  = "exclusive"
options     = ["--script audit"]
source      = "audit.nse"
examples    = ["audit"]
near_misses = ["audits"]
"""


def read(directory: Path, text: str) -> tuple[list[Signature], list[str]]:
    """Return the signatures and the errors of a site's file."""
    file = directory / "site.toml"
    file.write_bytes(text.encode())
    located, diagnostics = read_signatures(file)
    return [found for _, found in located], list(map(str, diagnostics))


def signatures(directory: Path, text: str) -> list[Signature]:
    """Return the signatures of a site's file that has no error."""
    found, errors_found = read(directory, text)
    assert errors_found == []
    return found


def errors(directory: Path, text: str) -> list[str]:
    """Return the errors of a site's file."""
    return read(directory, text)[1]
