"""The running service reports its state and scans, and reloads its configuration."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from benchmarks.journal import Journal
from tests.lab.network import Network, wait_until
from tests.lab.server import running
from tests.lab.servers import BY_NAME as SERVERS
from tests.live.scanners import addresses, assigned, scan
from tests.live.scarcity import STOPPED_SECONDS
from tests.live.service import PROGRAM, Service, service

pytestmark = pytest.mark.live

# Scanners, one address each, whose first request is timed.
SCANNERS = 200
# Scanners whose requests have been captured but not processed when a stop is requested.
IN_FLIGHT = 20


def by_signal(sensor: Service) -> None:
    """Stop as a service manager does."""
    sensor.process.send_signal(signal.SIGTERM)


def by_ctrl_c(sensor: Service) -> None:
    """Stop as a terminal does, which signals each process of the group."""
    os.killpg(sensor.process.pid, signal.SIGINT)


@pytest.fixture
def sensor(network: Network, journald: Journal, tmp_path: Path) -> Iterator[Service]:
    """The service, capturing on the lab's network."""
    with service(network.tap, journald, tmp_path) as found:
        yield found


@pytest.fixture
def web(network: Network) -> Iterator[None]:
    """A web server on the target."""
    with running(network, [SERVERS["nginx"]]):
        yield


def test_a_start_is_reported(sensor: Service) -> None:
    sensor.wait_reported("sensor-started")

    assert sensor.notified("STATUS=capturing on ")


def test_ready_means_that_the_next_packet_is_captured(
    network: Network, web: None, sensor: Service
) -> None:
    scan(network, network.scanner.ipv4)

    sensor.wait_reported("scan-opened")


def test_a_stop_closes_open_scans(network: Network, web: None, sensor: Service) -> None:
    scan(network, network.scanner.ipv4)
    scan(network, network.scanner.ipv4)
    sensor.wait_reported("scan-opened")

    sensor.process.send_signal(signal.SIGTERM)
    assert sensor.process.wait(20) == 0

    assert sensor.actions()[-2:] == ["scan-closed", "sensor-stopped"]


@pytest.mark.parametrize("stop", [by_signal, by_ctrl_c])
def test_frames_captured_before_a_stop_are_processed(
    network: Network, web: None, sensor: Service, stop: Callable[[Service], None]
) -> None:
    sources = addresses(50, IN_FLIGHT)
    tshark = sensor.children()["tshark"]
    os.kill(tshark, signal.SIGSTOP)
    with assigned(network, sources):
        scan(network, *sources)

    stop(sensor)
    time.sleep(STOPPED_SECONDS)
    os.kill(tshark, signal.SIGCONT)
    assert sensor.process.wait(20) == 0

    assert sensor.actions().count("scan-opened") == IN_FLIGHT


def test_a_reload_applies_a_new_configuration_without_a_gap(
    network: Network, web: None, sensor: Service
) -> None:
    scan(network, network.scanner.ipv4)
    sensor.wait_reported("scan-opened")
    expected = '[[authorised]]\nname = "audit"\nfrom = "10.77.0.0/24"\n'
    sensor.config.write_text(sensor.config.read_text() + expected)
    sensor.process.send_signal(signal.SIGHUP)
    sensor.wait_notified("READY=1")

    scan(network, network.scanner.ipv4)

    sensor.wait_reported("scan-expected")


def test_an_invalid_configuration_is_logged_and_changes_nothing(
    network: Network, web: None, sensor: Service, tmp_path: Path
) -> None:
    sensor.config.write_text('interfaces = ["nope0"]\ncolour = "red"\n')
    sensor.process.send_signal(signal.SIGHUP)
    sensor.wait_notified("READY=1")

    scan(network, network.scanner.ipv4)

    sensor.wait_reported("scan-opened")
    assert "nmapwatchd.toml: colour: unknown key" in (tmp_path / "log").read_text()


def test_a_name_that_no_interface_can_have_is_one_error_and_nothing_runs() -> None:
    done = subprocess.run(
        [PROGRAM, "run", "--interface", "lo:1", "--output", "text"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "nmapwatchd: interfaces: lo:1: is an address of lo, not an interface; name lo"
    )


def test_a_missing_permission_to_capture_is_one_error() -> None:
    unprivileged = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"]
    done = subprocess.run(
        [*unprivileged, PROGRAM, "run", "--interface", "lo", "--output", "text"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "nmapwatchd: capture: needs the capability CAP_NET_RAW: run as root, or by the unit"
    )


def test_the_latency_from_the_wire_to_the_journal(
    network: Network, journald: Journal, web: None, sensor: Service
) -> None:
    """The latency is printed; its limit is a subject of the benchmarks."""
    sources = addresses(50, SCANNERS)
    started_at = time.time()
    with assigned(network, sources):
        scan(network, *sources)
    sensor.wait_reported("scan-opened", SCANNERS)

    def entries() -> list[dict[str, str]]:
        found = journald.entries("SYSLOG_IDENTIFIER=nmapwatchd", "NMAPWATCHD_ACTION=scan-opened")
        return [e for e in found if int(e["__REALTIME_TIMESTAMP"]) > started_at * 1e6]

    wait_until(lambda: len(entries()) == SCANNERS, "journal entries")
    delays = sorted(
        int(entry["__REALTIME_TIMESTAMP"]) / 1e3
        - datetime.fromisoformat(entry["NMAPWATCHD_START"]).timestamp() * 1e3
        for entry in entries()
    )
    print(
        f"wire to journal entry, {SCANNERS} scanners: median {delays[SCANNERS // 2]:.1f} ms, "
        f"p99 {delays[SCANNERS * 99 // 100 - 1]:.1f} ms, longest {delays[-1]:.1f} ms"
    )

    assert len(delays) == SCANNERS
    assert delays[0] > -1  # the clocks are the same; START has milliseconds only
