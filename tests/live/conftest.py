"""Fixtures of the live tests: the lab, the journals and the machine."""

from collections.abc import Iterator

import pytest

from benchmarks.journal import Journal, journal
from tests.lab.network import Network, lab_network
from tests.live.cable import Cable, cable
from tests.live.machine import CONFIG, DROP_IN, SINK, UNIT, Machine, booted, install


@pytest.fixture(scope="session")
def network() -> Iterator[Network]:
    """A scanner, a client and a target."""
    with lab_network() as found:
        yield found


@pytest.fixture(scope="session")
def journald() -> Iterator[Journal]:
    """A real journald."""
    with journal() as found:
        yield found


@pytest.fixture(scope="session")
def installed(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine with the service installed, whose interface is the lab's tap."""
    wheels = tmp_path_factory.mktemp("wheels")
    with booted(network.tap.namespace, wheels) as machine:
        install(machine, wheels)
        yield machine


@pytest.fixture
def machine(network: Network, installed: Machine) -> Iterator[Machine]:
    """The machine with a valid configuration; the service is stopped."""
    installed.write(CONFIG, f'interfaces = ["{network.tap.interface}"]\n{SINK}')
    yield installed
    installed.run("systemctl", "stop", UNIT)
    installed.try_("systemctl", "reset-failed", UNIT)
    installed.run("rm", "-f", DROP_IN)
    installed.run("systemctl", "daemon-reload")


@pytest.fixture
def sensor(machine: Machine) -> Machine:
    """The machine with the service started."""
    machine.run("systemctl", "start", UNIT)
    return machine


@pytest.fixture(scope="module")
def wire() -> Iterator[Cable]:
    """A cable that may be cut."""
    with cable() as found:
        yield found


@pytest.fixture(scope="module")
def wire_journal(wire: Cable) -> Iterator[Journal]:
    """A journal that is started after the cable's namespaces exist."""
    with journal() as found:
        yield found
