"""Warn of an installed nmap that is newer than the signatures."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from packaging.version import Version

from nmapwatchd.errors import Diagnostic
from nmapwatchd.signatures.nmap_releases import nmap_range, nmap_releases

# Seconds that nmap has to print its version.
_SECONDS = 5.0
_VERSION = re.compile(r"Nmap version (\d+\.\d+)")


def nmap_warnings() -> Iterator[Diagnostic]:
    """Yield that this machine's nmap is newer than the releases that the signatures know."""
    program = shutil.which("nmap")
    if program is None:
        return
    try:
        output = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=_SECONDS, check=True
        ).stdout
    except (OSError, ValueError, subprocess.SubprocessError):
        return
    yield from warnings_of(output, Path(program))


def warnings_of(output: str, program: Path) -> Iterator[Diagnostic]:
    """
    Yield that an nmap is newer.

    Args:
        output: of `nmap --version`.
        program: path of the nmap, whose data is at a path beside it.
    """
    found = _VERSION.search(output)
    if found is None or Version(found[1]) <= Version(nmap_releases()[-1]):
        return
    data = program.parent.parent / "share/nmap"
    yield Diagnostic(
        "nmap",
        f"{found[1]} is installed, newer than the catalogue ({nmap_range()}); "
        f"run: nmapwatchd drift {data}",
    )
