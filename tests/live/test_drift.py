"""The catalogue agrees with the data files of the installed nmap."""

from pathlib import Path

import pytest

from nmapwatchd.drift import DataDirectory, State, compare
from nmapwatchd.signatures.loader import shipped_catalogue

pytestmark = pytest.mark.live

# Where Debian's package puts nmap's data.
INSTALLED = Path("/usr/share/nmap")
DRIFTED = {State.CHANGED, State.REMOVED, State.FILE_MISSING}


def test_nothing_drifted_from_the_installed_nmap() -> None:
    drift = compare(shipped_catalogue(), DataDirectory(INSTALLED))

    assert [f.signature.id for f in drift.findings if f.state in DRIFTED] == []
    assert drift.additions == ()
    assert sum(f.state is State.PRESENT for f in drift.findings) > 400
