"""Fixtures of the packages' tests: the packages, and machines that they are installed on."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.network import Network, lab_network
from tests.live.machine import CHECKOUT, Machine, base, booted

# Debian's releases by codename, and what a package depends on there.
RELEASES = {"bookworm": "debian-12", "trixie": "debian-13"}
_DEPENDENCIES = (
    "systemd-sysv", "dbus", "iproute2", "procps", "python3-lxml", "python3-systemd", "tshark",
    "tzdata",
)  # fmt: skip
ARCHITECTURE = subprocess.run(
    ["dpkg", "--print-architecture"], check=True, capture_output=True, text=True
).stdout.strip()


def build(directory: Path, *targets: str) -> dict[str, Path]:
    """Build packages; return them by target."""
    subprocess.run(
        [sys.executable, str(CHECKOUT / "packaging/debian/build.py"), str(directory), *targets],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return {
        target: next(directory.glob(f"*~deb{target.split('-')[1]}_{target.split('-')[2]}.deb"))
        for target in targets
    }


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The packages of both releases and architectures, by target."""
    names = [f"{release}-{arch}" for release in RELEASES.values() for arch in ("amd64", "arm64")]
    return build(tmp_path_factory.mktemp("packages"), *names)


@pytest.fixture(scope="session")
def network() -> Iterator[Network]:
    """A scanner, a client and a target."""
    with lab_network() as found:
        yield found


@pytest.fixture(scope="session", params=list(RELEASES))
def machine(
    request: pytest.FixtureRequest, network: Network, packages: dict[str, Path]
) -> Iterator[Machine]:
    """A machine of each release, on which the package is installed."""
    package = packages[f"{RELEASES[request.param]}-{ARCHITECTURE}"]
    libpcap = "libpcap0.8" if request.param == "bookworm" else "libpcap0.8t64"
    root = base(request.param, (*_DEPENDENCIES, libpcap))
    with booted(network.tap.namespace, package.parent, root) as found:
        found.run("dpkg", "--install", f"/wheels/{package.name}")
        yield found
