"""During a flood, one request of nmap from another host is still alerted within two seconds."""

import os
import re
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest

from benchmarks.journal import Journal
from tests.frames import frame, write_capture
from tests.lab.network import Network, inside, wait_until
from tests.lab.server import running
from tests.lab.servers import BY_NAME as SERVERS
from tests.live.background import background_process
from tests.live.scanners import REQUESTS
from tests.live.service import Service, service

pytestmark = pytest.mark.live

# Seconds within which the one request must be alerted, and minimum seconds of a flood.
PROMPT = 2.0
FLOOD = 6.0

Flood = Callable[[Network, Path], list[str]]


def replayed(network: Network, capture: Path, frames: list[bytes]) -> list[str]:
    """Return the command that sends frames as fast as possible, repeatedly."""
    addresses = bytes.fromhex((network.target.mac + network.scanner.mac).replace(":", ""))
    write_capture(capture, [addresses + data[12:] for data in frames])
    return inside(
        network.scanner.namespace,
        ["tcpreplay", "--quiet", "--topspeed", "--loop=100000", "--intf1=eth0", str(capture)],
    )


def requests_of_one(network: Network, folder: Path) -> list[str]:
    """Script requests of one source."""
    head = b"GET /%d HTTP/1.1\r\nHost: x\r\nUser-Agent: Nmap Scripting Engine\r\n\r\n"
    frames = [
        frame(head % n, source=network.scanner.ipv4, ports=(1024 + n, 80), number=n)
        for n in range(5_000)
    ]
    return replayed(network, folder / "requests.pcap", frames)


def ordinary_requests_of_one(network: Network, folder: Path) -> list[str]:
    """Requests of one source that the kernel filter accepts and tshark's does not."""
    head = b"GET /%d HTTP/1.1\r\nHost: x\r\nUser-Agent: curl/7.88.1\r\n\r\n"
    frames = [
        frame(head % n, source=network.scanner.ipv4, ports=(1024 + n, 80), number=n)
        for n in range(5_000)
    ]
    return replayed(network, folder / "ordinary.pcap", frames)


def syns_of_many(network: Network, folder: Path) -> list[str]:
    """SYNs of 100,000 sources."""
    first = int(ip_address("10.80.0.0"))
    frames = [
        frame(b"", source=str(ip_address(first + n)), ports=(1024 + n % 60_000, 80), number=n)
        for n in range(100_000)
    ]
    # Flags of a segment with data become those of a SYN.
    return replayed(
        network, folder / "syns.pcap", [f[:47] + struct.pack("B", 2) + f[48:] for f in frames]
    )


def every_port(network: Network, _folder: Path) -> list[str]:
    """Nmap, as fast as it can, on every port."""
    scan = ["nmap", "-n", "-Pn", "-T5", "--min-rate=20000", "-p-", network.target.ipv4]
    return inside(network.scanner.namespace, ["sh", "-c", f"while {' '.join(scan)}; do :; done"])


def masscan(network: Network, _folder: Path) -> list[str]:
    """Masscan, on every port."""
    return inside(
        network.scanner.namespace,
        ["masscan", "--rate=100000", "-p1-65535", "--wait=1", network.target.ipv4,
         "--router-mac", network.target.mac.replace(":", "-")],
    )  # fmt: skip


@contextmanager
def flooding(command: list[str]) -> Iterator[None]:
    """Flood before, during and after the block."""
    with background_process(command):
        time.sleep(FLOOD / 2)
        yield
        time.sleep(FLOOD / 2)


@pytest.fixture
def sensor(network: Network, journald: Journal, tmp_path: Path) -> Iterator[Service]:
    """The service, capturing on the lab's network."""
    with service(network.tap, journald, tmp_path) as found:
        yield found


def is_alerted(sensor: Service, source: str) -> bool:
    return any(scan["source"]["ip"] == source for scan in sensor.scans)


@pytest.mark.parametrize(
    "flood", [requests_of_one, ordinary_requests_of_one, syns_of_many, every_port, masscan]
)
def test_a_flood_hides_no_other_source(
    flood: Flood, network: Network, sensor: Service, tmp_path: Path
) -> None:
    other = network.client
    program = [sys.executable, "-c", REQUESTS, network.target.ipv4, other.ipv4]
    with running(network, [SERVERS["nginx"]]), flooding(flood(network, tmp_path)):
        started = time.monotonic()
        subprocess.run(inside(other.namespace, program), check=True)
        wait_until(lambda: is_alerted(sensor, other.ipv4), "the alert", PROMPT)
        delay = time.monotonic() - started
        print(f"{flood.__name__}: alerted {delay:.2f} s after the request started")

    sensor.process.terminate()
    sensor.process.wait(20)
    print(f"{flood.__name__}: {sensor.documents[-1]['message']}")


def test_shedding_is_reported_and_expires(
    network: Network, sensor: Service, tmp_path: Path
) -> None:
    with flooding(requests_of_one(network, tmp_path)):
        sensor.wait_reported("sensor-shedding")
    time.sleep(FLOOD)
    host = network.scanner
    program = [sys.executable, "-c", REQUESTS, network.target.ipv4, host.ipv4]
    before = sum(scan["nmapwatchd"]["sightings"] for scan in sensor.scans)
    with running(network, [SERVERS["nginx"]]):
        subprocess.run(inside(host.namespace, program), check=True)
    sensor.process.terminate()
    sensor.process.wait(20)

    shedding = [d for d in sensor.documents if d["event"]["action"] == "sensor-shedding"]
    assert shedding[0]["message"].startswith(f"{host.ipv4} floods {network.tap.interface} since ")
    assert len(shedding) <= 2  # when it was limited, and when it was blocked
    assert sum(scan["nmapwatchd"]["sightings"] for scan in sensor.scans) > before


def test_kernel_drops_are_reported_while_they_happen(
    network: Network, journald: Journal, tmp_path: Path
) -> None:
    keys = f'heartbeat_seconds = 1\nruntime_directory = "{tmp_path}/run"\n'
    metrics = tmp_path / "run" / "metrics.prom"
    with service(network.tap, journald, tmp_path, keys=keys) as sensor:

        def drops_of_heartbeats() -> list[int]:
            found = [d for d in sensor.documents if d["event"]["action"] == "sensor-heartbeat"]
            return [event["nmapwatchd"]["counters"]["kernel_drops"] for event in found]

        def statuses() -> str:
            sensor.notified("")
            return "\n".join(sensor.notifications)

        capture = sensor.children()["python3"]
        os.kill(capture, signal.SIGSTOP)  # too briefly to be reported as blind
        with flooding(ordinary_requests_of_one(network, tmp_path)):
            os.kill(capture, signal.SIGCONT)
            sensor.wait_reported("sensor-dropping")
            wait_until(lambda: any(drops_of_heartbeats()), "a heartbeat")
            wait_until(lambda: bool(re.search(r" [1-9]\d* dropped", statuses())), "STATUS")
            drops = re.compile(r"kernel_drops_total [1-9]")
            wait_until(lambda: bool(drops.search(metrics.read_text())), "metrics")

    assert any("the kernel dropped" in document["message"] for document in sensor.documents)
