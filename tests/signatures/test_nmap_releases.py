"""The releases of nmap that the catalogue knows are those that the goldens were recorded with."""

import tomllib

from packaging.version import Version

from nmapwatchd.signatures.nmap_releases import nmap_range, nmap_releases
from tests.golden import FOLDER


def test_they_are_those_of_the_goldens_the_oldest_first() -> None:
    recorded = {
        tomllib.loads(sidecar.read_text())["nmap"] for sidecar in FOLDER.glob("nmap/*.toml")
    }

    assert nmap_releases() == tuple(sorted(recorded, key=Version))


def test_the_range_is_from_the_oldest_to_the_newest() -> None:
    first, *_, last = nmap_releases()

    assert nmap_range() == f"nmap {first} to {last}"
