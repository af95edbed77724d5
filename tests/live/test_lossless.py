"""Whatever befalls the collector or the service, every alert that was opened is received."""

import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.live.journal import Journal
from tests.live.lab.network import Network, inside, ip_in, wait_until
from tests.live.lab.server import running
from tests.live.lab.servers import BY_NAME as SERVERS
from tests.live.service import Service, service
from tests.live.test_running import scan
from tests.sinks.collector import LOOPBACK, Collector, collector, listens
from tests.sinks.test_collector import tls

pytestmark = pytest.mark.live

# Scanners, one address each; every one of them is an alert.
SCANNERS = 120
SOURCES = [f"10.77.0.{50 + n}" for n in range(SCANNERS)]
# Seconds within which everything must have come once the trouble is over: the longest pause between
# two attempts, and the time that a collector has to read.
OVER = 90.0

# Accepts connections and resets each one; the argument is the port.
RESETS = r"""
import socket, struct, sys
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    while True:
        found, _ = server.accept()
        found.recv(100)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        found.close()
"""

_RECEIVED = re.compile(r'"id":"(scan-[a-z]+)".*?event_id=\\"([0-9a-f]{32})\\"')

Alerts = set[tuple[str, str]]
Trouble = tuple[Callable[[Collector], None], bool]  # and whether the connection is encrypted


@pytest.fixture(scope="module")
def web(network: Network) -> Iterator[None]:
    """A web server on the target, and the addresses of the scanners."""
    for source in SOURCES:
        ip_in(network.scanner.namespace, "address", "add", f"{source}/24", "dev", "eth0")
    ip_in(network.tap.namespace, "link", "set", "lo", "up")
    with running(network, [SERVERS["nginx"]]):
        yield
    for source in SOURCES:
        ip_in(network.scanner.namespace, "address", "delete", f"{source}/24", "dev", "eth0")


@contextmanager
def siem(network: Network, folder: Path, secure: bool) -> Iterator[tuple[Collector, str]]:
    """Run a collector where the service can reach it; give it and the service's table for it."""
    place = folder / "siem"
    place.mkdir(parents=True)
    given, authority = tls(place) if secure else ('module(load="imtcp")\n', None)
    within = tuple(inside(network.tap.namespace, []))
    with collector(place, "imtcp", given, within=within) as found:
        table = f'[[sink]]\nkind = "syslog"\nto = "tcp://{LOOPBACK}:{found.port}"\n'
        if authority:
            table = table.replace("tcp:", "tls:") + f'ca_file = "{authority.file}"\n'
        yield found, table


def received(found: Collector) -> Alerts:
    """Return action and id of each alert that the collector wrote down."""
    text = found.output.read_text("utf-8", "replace") if found.output.exists() else ""
    return set(_RECEIVED.findall(text))


def sent(sensor: Service) -> Alerts:
    """Return action and id of each alert that the service said."""
    return {(d["event"]["action"], d["event"]["id"]) for d in sensor.scans}


def opened(alerts: Alerts) -> set[str]:
    """Return the ids of the scans that were opened."""
    return {event_id for action, event_id in alerts if action == "scan-opened"}


def start(found: Collector) -> None:
    found.start(listens(found.port, found.within))


def scan_for_a_while(network: Network) -> None:
    """Send a marked request from each address, over ten seconds or so."""
    for first in range(0, SCANNERS, 10):
        scan(network, *SOURCES[first : first + 10])
        time.sleep(0.5)


def killed_again_and_again(found: Collector) -> None:
    for _ in range(3):
        time.sleep(1)
        found.kill()
        time.sleep(1)
        start(found)


def down(found: Collector) -> None:
    found.kill()
    time.sleep(12)
    start(found)


def slow(found: Collector) -> None:
    assert found.process is not None
    for _ in range(12):
        found.process.send_signal(signal.SIGSTOP)
        time.sleep(0.9)
        found.process.send_signal(signal.SIGCONT)
        time.sleep(0.1)


def deaf(found: Collector) -> None:
    """Accept and read nothing, and then die with all that the kernel took."""
    found.stop()
    time.sleep(20)
    found.kill()
    start(found)


def resetting(found: Collector) -> None:
    found.kill()
    program = [*found.within, sys.executable, "-c", RESETS, str(found.port)]
    with subprocess.Popen(program) as resets:
        time.sleep(10)
        resets.kill()
    start(found)


TROUBLES: dict[str, Trouble] = {
    f"{trouble.__name__}-{kind}": (trouble, kind == "tls")
    for trouble in (killed_again_and_again, down, slow, deaf, resetting)
    for kind in ("tcp", "tls")
}


@dataclass(frozen=True)
class Outcome:
    """What the service sent, what each collector received, and what the service manager heard."""

    sent: Alerts
    received: dict[str, Alerts]
    said: str


@pytest.fixture(scope="module")
def outcome(
    network: Network, journald: Journal, web: None, tmp_path_factory: pytest.TempPathFactory
) -> Outcome:
    """Let ten collectors have each a trouble of its own, all at once, while scans go on."""
    folder = tmp_path_factory.mktemp("troubles")
    with ExitStack() as stack:
        siems = {
            name: stack.enter_context(siem(network, folder / name, secure))
            for name, (_, secure) in TROUBLES.items()
        }
        tables = "".join(table for _, table in siems.values())
        sensor = stack.enter_context(service(network.tap, journald, folder, siem=tables))
        with ThreadPoolExecutor(len(siems) + 1) as pool:
            going_on = [pool.submit(scan_for_a_while, network)]
            going_on += [
                pool.submit(TROUBLES[name][0], found) for name, (found, _) in siems.items()
            ]
            for one in going_on:
                one.result()
        sensor.wait_said("scan-opened", SCANNERS)
        with suppress(TimeoutError):  # what did not come is a test's failure
            wait_until(
                lambda: all(received(found) >= sent(sensor) for found, _ in siems.values()),
                "what was sent",
                OVER,
            )
        sensor.wait_for("STATUS=")  # which tells of losses from the start
        return Outcome(
            sent(sensor),
            {name: received(found) for name, (found, _) in siems.items()},
            "".join(sensor.said),
        )


@pytest.mark.parametrize("name", TROUBLES)
def test_every_alert_is_received_whatever_befalls_the_collector(
    name: str, outcome: Outcome
) -> None:
    assert outcome.received[name] == outcome.sent
    assert len(opened(outcome.received[name])) == SCANNERS


def test_no_trouble_of_a_collector_loses_a_message(outcome: Outcome) -> None:
    assert outcome.said
    assert "messages lost" not in outcome.said


@pytest.mark.parametrize("after", [0.3, 1.0, 2.5])
def test_a_service_that_is_killed_loses_no_alert_and_opens_none_twice(
    network: Network, journald: Journal, web: None, tmp_path: Path, after: float
) -> None:
    with siem(network, tmp_path, secure=False) as (found, table):
        with service(network.tap, journald, tmp_path, siem=table) as sensor:
            found.stop()  # so that much is on its way
            scans = threading.Thread(target=scan, args=(network, *SOURCES))
            scans.start()
            time.sleep(after)
            sensor.process.kill()
            sensor.process.wait()
            scans.join()
            before = opened(sent(sensor))
        found.kill()
        start(found)
        with service(network.tap, journald, tmp_path, siem=table) as sensor:
            scan(network, *SOURCES)
            wait_until(
                lambda: len({d["source"]["ip"] for d in sensor.scans}) == SCANNERS, "all scanners"
            )
            wait_until(lambda: received(found) >= sent(sensor), "what was sent", OVER)

            ids = {(d["source"]["ip"], d["event"]["id"]) for d in sensor.scans}
            assert before <= opened(received(found)) == opened(sent(sensor))
            assert len(ids) == SCANNERS  # nobody has a second one


def test_what_a_stop_left_undelivered_is_delivered_after_the_next_start(
    network: Network, journald: Journal, web: None, tmp_path: Path
) -> None:
    with siem(network, tmp_path, secure=False) as (found, table):
        found.kill()
        with service(network.tap, journald, tmp_path, siem=table) as sensor:
            scan(network, *SOURCES)
            sensor.wait_said("scan-opened", SCANNERS)
        assert "messages wait on disk for the next start" in (tmp_path / "diary").read_text()
        start(found)

        with service(network.tap, journald, tmp_path, siem=table) as sensor:
            wait_until(lambda: received(found) >= sent(sensor), "what was sent", OVER)

            assert len(opened(received(found))) == SCANNERS


def test_a_scan_that_goes_on_across_a_restart_is_one_scan(
    network: Network, journald: Journal, web: None, tmp_path: Path
) -> None:
    window = "[window]\nseconds = 10\n"
    with service(network.tap, journald, tmp_path, window=window) as sensor:
        scan(network, SOURCES[0], SOURCES[0])
        sensor.wait_said("scan-opened")
        time.sleep(1)
    with service(network.tap, journald, tmp_path, window=window) as sensor:
        scan(network, SOURCES[0])
        sensor.wait_said("scan-closed", 2, 40)

    actions = [d["event"]["action"] for d in sensor.scans]
    assert actions == ["scan-opened", "scan-closed", "scan-continues", "scan-closed"]
    assert len({d["event"]["id"] for d in sensor.scans}) == 1
    assert [d["nmapwatchd"]["sightings"] for d in sensor.scans][1:] == [2, 3, 3]


def test_a_spool_that_cannot_be_written_stops_no_alert_and_is_said(
    network: Network, journald: Journal, web: None, tmp_path: Path
) -> None:
    spool = '[spool]\ndirectory = "/sys/kernel/nmapwatchd"\n'
    with service(network.tap, journald, tmp_path, spool=spool) as sensor:
        scan(network, SOURCES[0])

        sensor.wait_said("scan-opened")
        assert sensor.notified("not kept on disk")
    assert "alerts are said without being kept" in (tmp_path / "diary").read_text()
