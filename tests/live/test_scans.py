"""Real nmap against real servers is alerted; ordinary clients of the same servers are not."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from benchmarks.journal import Journal
from tests.lab.kinds import Client, Scan
from tests.lab.network import Network, ip_in, wait_until
from tests.lab.play import NMAP, play
from tests.lab.scenarios import BY_NAME, CLIENTS
from tests.lab.server import running
from tests.lab.waves import waves
from tests.live.service import Service, service

pytestmark = pytest.mark.live

# A scan of each family, on usual and other ports; the goldens have the rest.
PLAYED = (
    "ssh-default-scripts", "ssh-unusual-port", "http-version", "http-unusual-port", "http-vlan",
    "http-qinq", "http-ipv6", "https-default-scripts", "smb1-default-scripts", "smb2-protocols",
    "smb2-unusual-port", "dns-recursion", "dns-unusual-port", "smtp-default-scripts",
    "smtp-unusual-port", "ftp-anonymous", "ftp-unusual-port", "rdp-version", "rdp-unusual-port",
    "sip-tcp-version", "sip-udp-version", "sip-unusual-port", "svn-brute", "socks-brute",
    "mmouse-brute", "dpap-brute", "nessus-xmlrpc-brute", "probes-tcp-all",
    "probes-tcp-on-ftp-port", "probes-udp-all",
)  # fmt: skip
SCANS = [BY_NAME[name] for name in PLAYED]
# Scenarios played at a time: they mostly wait.
AT_ONCE = 6
# Seconds within which every scan that was played is alerted.
PROMPT = 5.0


@pytest.fixture(scope="module")
def sensor(
    network: Network, journald: Journal, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """The service, capturing on the lab's network."""
    with service(network.tap, journald, tmp_path_factory.mktemp("scans")) as found:
        yield found


@pytest.fixture(scope="module")
def sources(network: Network) -> Iterator[dict[str, str]]:
    """The source address of each scan, which no other scan has."""
    host = network.scanner
    others = {"{target6}": host.ipv6, "{vlan}": host.vlan, "{qinq}": host.qinq}
    found = {}
    for number, scan in enumerate(SCANS):
        known = [address for word, address in others.items() if word in scan.argv]
        found[scan.name] = known[0] if known else f"10.77.0.{100 + number}"
    own = [address for address in found.values() if address not in others.values()]
    for address in own:
        ip_in(host.namespace, "address", "replace", f"{address}/24", "dev", "eth0")
    yield found
    for address in own:
        ip_in(host.namespace, "address", "delete", f"{address}/24", "dev", "eth0")


@pytest.fixture(scope="module")
def played(network: Network, sensor: Service, sources: dict[str, str]) -> set[str]:
    """The scenarios, once each was played."""

    def play_one(scenario: Scan | Client) -> str:
        begun = time.monotonic()
        own = sources.get(scenario.name, "")
        if own.startswith("10.77.0."):
            play(network, scenario, (*NMAP, "-S", own, "-e", "eth0"))
        else:
            play(network, scenario)
        print(f"played {scenario.name} in {time.monotonic() - begun:.1f} s", flush=True)
        return scenario.name

    names: set[str] = set()
    for wave in waves([*SCANS, *CLIENTS]):
        servers = list(wave.servers.values())
        with running(network, servers), ThreadPoolExecutor(AT_ONCE) as pool:
            names |= set(pool.map(play_one, wave.scenarios))
        assert sensor.notified("WATCHDOG=1"), "the service is alive"
    with suppress(TimeoutError):  # the tests fail for what was not alerted
        wait_until(lambda: set(sources.values()) <= alerted(sensor), "every scan", PROMPT)
    return names


def alerted(sensor: Service) -> set[str]:
    """Return the sources of all alerts."""
    return {document["source"]["ip"] for document in sensor.scans}


def test_every_scan_has_an_address_of_its_own(sources: dict[str, str]) -> None:
    assert len(set(sources.values())) == len(SCANS)


@pytest.mark.parametrize("scan", SCANS, ids=lambda scan: scan.name)
def test_a_scan_is_alerted(
    scan: Scan, sensor: Service, sources: dict[str, str], played: set[str]
) -> None:
    assert scan.name in played
    assert sources[scan.name] in alerted(sensor)


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_an_ordinary_client_is_not_alerted(
    client: Client, network: Network, sensor: Service, played: set[str]
) -> None:
    assert client.name in played
    host = network.client
    assert [d for d in sensor.scans if d["source"]["ip"] in (host.ipv4, host.ipv6)] == []


def test_only_scanners_are_alerted(
    sensor: Service, sources: dict[str, str], played: set[str]
) -> None:
    assert played
    assert alerted(sensor) <= set(sources.values())


def test_the_journal_has_the_same_alerts_as_the_file(
    journald: Journal, sensor: Service, played: set[str]
) -> None:
    assert played

    def in_journal() -> list[str]:
        entries = journald.entries(f"_PID={sensor.process.pid}", "NMAPWATCHD_ACTION=scan-opened")
        return [entry["NMAPWATCHD_EVENT_ID"] for entry in entries]

    def in_file() -> list[str]:
        return [d["event"]["id"] for d in sensor.scans if d["event"]["action"] == "scan-opened"]

    wait_until(lambda: in_journal() == in_file() != [], "the alerts of the file", PROMPT)
