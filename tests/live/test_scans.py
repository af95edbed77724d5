"""Real nmap against real servers is told; ordinary clients of the same servers are not."""

import time
from collections.abc import Iterator
from itertools import groupby

import pytest

from tests.live.journal import Journal
from tests.live.lab.kinds import Client, Scan
from tests.live.lab.network import Network
from tests.live.lab.play import play
from tests.live.lab.scenarios import BY_NAME, CLIENTS
from tests.live.lab.server import running
from tests.live.lab.servers import BY_NAME as SERVERS
from tests.live.service import Service, service, settle

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
SCANS = sorted((BY_NAME[name] for name in PLAYED), key=lambda scan: scan.servers)

# A scan is over after this long in these tests, so that the next one is a scan of its own.
WINDOW = 2  # seconds
FINE = f"[window]\nseconds = {WINDOW}\n"


@pytest.fixture(scope="module")
def sensor(
    network: Network, journald: Journal, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """The service, on the wire of the lab."""
    with service(network.tap, journald, tmp_path_factory.mktemp("scans"), window=FINE) as found:
        yield found


@pytest.fixture(scope="module")
def played(network: Network, sensor: Service) -> dict[str, tuple[float, float]]:
    """When each scenario was played, from its start to the end of its window."""
    times = {}
    scenarios = sorted([*SCANS, *CLIENTS], key=lambda s: s.servers)
    for names, group in groupby(scenarios, key=lambda s: s.servers):
        with running(network, [SERVERS[name] for name in names]):
            for scenario in group:
                begun = time.time()
                play(network, scenario)
                if isinstance(scenario, Scan):
                    settle(WINDOW + 1.5)
                assert sensor.notified("WATCHDOG=1"), "the sensor lives"
                times[scenario.name] = (begun, time.time())
                print(f"played {scenario.name} in {time.time() - begun:.1f} s", flush=True)
    return times


def said(sensor: Service, host: str, span: tuple[float, float]) -> list[str]:
    """Return the rules that were said of a host whose scan began in a span of time."""
    first, last = (
        time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) for moment in (span[0], span[1] + 1)
    )
    return [
        rule
        for document in sensor.scans
        if document["source"]["ip"] == host and first <= document["event"]["start"] <= last
        for rule in document["rule"]["id"]
    ]


@pytest.mark.parametrize("scan", SCANS, ids=lambda scan: scan.name)
def test_a_scan_is_told(
    scan: Scan, network: Network, sensor: Service, played: dict[str, tuple[float, float]]
) -> None:
    host = network.scanner
    rules = {
        rule
        for address in (host.ipv4, host.ipv6, host.vlan, host.qinq)
        for rule in said(sensor, address, played[scan.name])
    }

    assert rules


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_an_ordinary_client_is_not_blamed(
    client: Client, network: Network, sensor: Service, played: dict[str, tuple[float, float]]
) -> None:
    assert client.name in played
    host = network.client
    assert [d for d in sensor.scans if d["source"]["ip"] in (host.ipv4, host.ipv6)] == []


def test_nobody_but_the_scanner_is_blamed(
    network: Network, sensor: Service, played: dict[str, tuple[float, float]]
) -> None:
    assert played
    host = network.scanner
    assert {document["source"]["ip"] for document in sensor.scans} <= {
        host.ipv4, host.ipv6, host.vlan, host.qinq,
    }  # fmt: skip


def test_the_journal_holds_what_the_file_holds(
    journald: Journal, sensor: Service, played: dict[str, tuple[float, float]]
) -> None:
    assert played
    settle(WINDOW + 1)
    entries = journald.entries(f"_PID={sensor.process.pid}", "NMAPWATCHD_ACTION=scan-opened")

    assert [entry["NMAPWATCHD_EVENT_ID"] for entry in entries] == [
        document["event"]["id"]
        for document in sensor.documents
        if document["event"]["action"] == "scan-opened"
    ]
