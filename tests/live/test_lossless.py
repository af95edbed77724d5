"""Whatever befalls the collector or the service, every alert that was opened is received."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.journal import Journal
from tests.frames import frames_of, write_capture
from tests.live.lab.network import Network, inside, ip_in, wait_until
from tests.live.lab.server import running
from tests.live.lab.servers import BY_NAME as SERVERS
from tests.live.service import Service, service
from tests.live.test_running import scan
from tests.sinks.collector import LOOPBACK, Collector, collector, listens
from tests.sinks.test_collector import tls
from tests.soak.live import marks

pytestmark = pytest.mark.live

# Scanners, one address each; every one of them is an alert.
SCANNERS = 120
SOURCES = [f"10.77.0.{50 + n}" for n in range(SCANNERS)]
# Seconds within which everything must have come once the trouble is over: the longest pause between
# two attempts, and the time that a collector has to read.
OVER = 90.0

# Seconds for which a collector is down; an hour takes an hour, and shows nothing else.
OUTAGE = float(os.environ.get("OUTAGE_SECONDS", "12"))

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

# A message that the diary names as lost.
_LOST = re.compile(r"scan-opened ([0-9a-f]{32})")

Story = dict[str, list[tuple[str, str]]]
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
    return {alert for alerts in in_order(found).values() for alert in alerts}


def in_order(found: Collector) -> Story:
    """Return what the collector wrote down of each scan, in order; second deliveries left out."""
    text = found.output.read_text("utf-8", "replace") if found.output.exists() else ""
    return _story(_RECEIVED.findall(text))


def _story(alerts: Iterable[tuple[str, str]]) -> Story:
    found: Story = {}
    for action, event_id in dict.fromkeys(alerts):
        found.setdefault(event_id, []).append((action, event_id))
    return found


def sent(sensor: Service) -> Alerts:
    """Return action and id of each alert that the service said."""
    return {(d["event"]["action"], d["event"]["id"]) for d in sensor.scans}


def opened(alerts: Alerts) -> set[str]:
    """Return the ids of the scans that were opened."""
    return {event_id for action, event_id in alerts if action == "scan-opened"}


def start(found: Collector) -> None:
    found.start(listens(found.port, found.within))


def scan_for_a_while(network: Network) -> None:
    """Send two marked requests from each address, over ten seconds or so."""
    for first in range(0, SCANNERS, 10):
        scan(network, *2 * SOURCES[first : first + 10])
        time.sleep(0.5)


def killed_again_and_again(found: Collector) -> None:
    for _ in range(3):
        time.sleep(1)
        found.kill()
        time.sleep(1)
        start(found)


def down(found: Collector) -> None:
    found.kill()
    time.sleep(OUTAGE)
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

    sent: Story
    received: dict[str, Story]
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
        window = "[window]\nseconds = 5\n"  # so that scans close while it goes on
        sensor = stack.enter_context(
            service(network.tap, journald, folder, window=window, siem=tables)
        )
        with ThreadPoolExecutor(len(siems) + 1) as pool:
            going_on = [pool.submit(scan_for_a_while, network)]
            going_on += [
                pool.submit(TROUBLES[name][0], found) for name, (found, _) in siems.items()
            ]
            for one in going_on:
                one.result()
        sensor.wait_said("scan-closed", SCANNERS)
        with suppress(TimeoutError):  # what did not come is a test's failure
            wait_until(
                lambda: all(received(found) >= sent(sensor) for found, _ in siems.values()),
                "what was sent",
                OVER,
            )
        sensor.wait_for("STATUS=")  # which tells of losses from the start
        return Outcome(
            _story((d["event"]["action"], d["event"]["id"]) for d in sensor.scans),
            {name: in_order(found) for name, (found, _) in siems.items()},
            "".join(sensor.said),
        )


@pytest.mark.parametrize("name", TROUBLES)
def test_every_alert_is_received_in_order_whatever_befalls_the_collector(
    name: str, outcome: Outcome
) -> None:
    assert outcome.received[name] == outcome.sent
    assert len(outcome.sent) == SCANNERS
    assert {tuple(action for action, _ in story) for story in outcome.sent.values()} == {
        ("scan-opened", "scan-closed")
    }


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


def flood_of_scanners(network: Network, folder: Path, count: int) -> None:
    """Send a marked request from each of so many addresses, faster than anybody reads alerts."""
    capture, _ = marks(folder, count)
    frames = [addressed(network, data) for data in frames_of(capture)]
    write_capture(capture, frames)
    command = ["tcpreplay", "--quiet", "--pps=1000", "--intf1=eth0", str(capture)]
    subprocess.run(
        inside(network.scanner.namespace, command), check=True, stdout=subprocess.DEVNULL
    )


def addressed(network: Network, data: bytes) -> bytes:
    """Return a frame with the hardware addresses of the lab."""
    return bytes.fromhex((network.target.mac + network.scanner.mac).replace(":", "")) + data[12:]


def count(file: Path, text: str) -> int:
    """Return how often a text stands in a file; much cheaper than to read what it says."""
    return file.read_bytes().count(text.encode()) if file.exists() else 0


def test_a_collector_that_is_away_gets_more_than_the_memory_holds_from_the_disk(
    network: Network, journald: Journal, web: None, tmp_path: Path
) -> None:
    many = 4_500  # an outlet holds 4096
    with (
        siem(network, tmp_path, secure=True) as (found, table),
        service(network.tap, journald, tmp_path, siem=table) as sensor,
    ):
        found.kill()
        flood_of_scanners(network, tmp_path, many)
        wait_until(lambda: count(sensor.alerts_file, "scan-opened") == many, "the alerts", OVER)
        start(found)

        wait_until(lambda: count(found.output, '"scan-opened"') >= many, "what was sent", OVER)
        assert received(found) == sent(sensor)
        assert "messages lost" not in "".join(sensor.said)


def test_an_overflow_says_to_every_sink_that_it_loses_and_names_what(
    network: Network, journald: Journal, web: None, tmp_path: Path
) -> None:
    many = 3_500  # 3072 wait in memory, and the first of them on disk as well
    spool = f'[spool]\ndirectory = "{tmp_path}/spool"\nmaximum_messages = 50\n'
    with siem(network, tmp_path, secure=False) as (found, table):
        with service(network.tap, journald, tmp_path, siem=table, spool=spool) as sensor:
            found.kill()
            flood_of_scanners(network, tmp_path, many)
            wait_until(lambda: count(sensor.alerts_file, "scan-opened") == many, "alerts", OVER)
            sensor.wait_said("sensor-losing")
            start(found)
            wait_until(lambda: count(found.output, '"sensor-losing"') > 0, "the word", OVER)
            said = opened(sent(sensor))
            words = [d for d in sensor.documents if d["event"]["action"] == "sensor-losing"]
        lost = set(_LOST.findall((tmp_path / "diary").read_text()))

    assert lost
    assert opened(received(found)) == said - lost
    assert f"lost by tcp://{LOOPBACK}:{found.port} " in words[0]["message"]
