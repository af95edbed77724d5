"""A self-test verifies the path from the wire to every sink, and reports where it fails."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from benchmarks.journal import Journal
from tests.lab.network import inside, ip_in, wait_until
from tests.live.cable import INTERFACE, Cable
from tests.live.service import PROGRAM, Service, service
from tests.sinks.collector import LOOPBACK, collector

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def sensor(
    wire: Cable, wire_journal: Journal, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service with a self-test socket."""
    folder = tmp_path_factory.mktemp("selftest")
    with service(wire.tap, wire_journal, folder, runtime=runtime(folder)) as found:
        yield found


def runtime(folder: Path) -> str:
    """Return the configuration of a runtime directory."""
    return f'runtime_directory = "{folder}/run"\n'


def selftest(wire: Cable, sensor: Service, seconds: float = 8) -> subprocess.CompletedProcess[str]:
    """Run a self-test of a service."""
    command = [str(PROGRAM), "selftest", "--config", str(sensor.config), f"--seconds={seconds}"]
    return subprocess.run(
        inside(wire.listener, command), check=False, capture_output=True, text=True
    )


def healthy(sensor: Service) -> None:
    """Wait until the service captures on its interface."""
    sensor.wait_notified("STATUS=capturing on ")


def test_a_healthy_sensor_passes_for_every_sink(
    wire: Cable, wire_journal: Journal, sensor: Service
) -> None:
    found = selftest(wire, sensor)

    assert (found.returncode, found.stderr) == (0, "")
    parts = [line.partition(": OK after ")[0] for line in found.stdout.splitlines()]
    assert parts == [INTERFACE, "journald", f"jsonl {sensor.alerts_file}"]
    (event,) = [d for d in sensor.documents if d["event"]["action"] == "sensor-selftest"]
    (entry,) = wire_journal.entries("NMAPWATCHD_ACTION=sensor-selftest")
    assert event["event"]["kind"] == "event"
    assert event["observer"]["ingress"]["interface"]["name"] == INTERFACE
    assert entry["NMAPWATCHD_EVENT_ID"] == event["event"]["id"]
    assert sensor.scans == []


def test_canaries_without_a_self_test_are_ignored(wire: Cable, sensor: Service) -> None:
    before = sensor.documents
    program = (
        "import socket, sys; from nmapwatchd.core import canary;"
        "s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0);"
        f"s.bind(('{INTERFACE}', 0));"
        "[s.sendto(canary.packet('0' * 32), ('" + INTERFACE + "', 2048, 0, 0, b'\\xff' * 6))"
        " for _ in range(100)]"
    )
    subprocess.run(
        inside(wire.sender, [str(PROGRAM.with_name("python")), "-c", program]), check=True
    )
    source = wire.request()
    wait_until(lambda: any(s["source"]["ip"] == source for s in sensor.scans), "the request")

    assert [d["event"]["action"] for d in sensor.documents[len(before) :]] == ["scan-opened"]


@contextmanager
def kept_stopped(sensor: Service, child: str) -> Iterator[None]:
    """Stop a child process, and each one that replaces it, until the end of the block."""
    over = threading.Event()
    stopped = set[int]()

    def stop() -> None:
        while not over.wait(0.02):
            with suppress(KeyError, OSError):
                pid = sensor.children()[child]
                stopped.add(pid)
                os.kill(pid, signal.SIGSTOP)

    thread = threading.Thread(target=stop)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        for pid in stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("child", ["python3", "tshark"])
def test_a_stopped_child_fails_it(child: str, wire: Cable, sensor: Service) -> None:
    healthy(sensor)
    with kept_stopped(sensor, child):
        found = selftest(wire, sensor, 2)

    assert found.returncode == 1
    first, *_ = found.stderr.splitlines()
    print(first)
    assert first.startswith(f"nmapwatchd: {INTERFACE}: ")


def test_an_interface_that_is_down_fails_it(wire: Cable, sensor: Service) -> None:
    healthy(sensor)
    ip_in(wire.listener, "link", "set", INTERFACE, "down")

    found = selftest(wire, sensor, 1)
    wire.bring_up()

    assert found.returncode == 1
    assert f"{INTERFACE}: cannot send: Network is down" in found.stderr
    healthy(sensor)


def test_a_service_that_hangs_fails_it(wire: Cable, sensor: Service) -> None:
    sensor.process.send_signal(signal.SIGSTOP)
    found = selftest(wire, sensor)
    sensor.process.send_signal(signal.SIGCONT)

    assert found.returncode == 1
    assert found.stderr == "nmapwatchd: the service does not respond\n"
    time.sleep(2)
    healthy(sensor)
    assert sensor.actions()[-1] != "sensor-blind"  # the children are unaffected


def test_a_collector_passes_while_it_reads_and_fails_when_it_has_gone(
    wire: Cable, wire_journal: Journal, tmp_path: Path
) -> None:
    within = tuple(inside(wire.listener, []))
    folder = tmp_path / "siem"
    folder.mkdir()
    with collector(folder, "imtcp", 'module(load="imtcp")\n', within=within) as siem:
        to = f"tcp://{LOOPBACK}:{siem.port}"
        table = f'[[sink]]\nkind = "syslog"\nto = "{to}"\n'
        with service(
            wire.tap, wire_journal, tmp_path, runtime=runtime(tmp_path), siem=table
        ) as sensor:
            passed = selftest(wire, sensor, 30)
            siem.kill()
            failed = selftest(wire, sensor, 1.5)
            sensor.process.kill()  # it would retry until the end of its shutdown

    assert (passed.returncode, passed.stderr) == (0, "")
    assert f"{to}: OK after " in passed.stdout
    assert "sensor-selftest" in siem.output.read_text()
    assert failed.returncode == 1
    assert failed.stderr == f"nmapwatchd: {to}: Connection refused\n"
    assert INTERFACE in failed.stdout


def test_a_service_that_is_not_running_fails_it(
    wire: Cable, sensor: Service, tmp_path: Path
) -> None:
    config = tmp_path / "none.toml"
    config.write_text(f'interfaces = ["{INTERFACE}"]\n{runtime(tmp_path)}')

    found = selftest(wire, Service(sensor.process, config, config, sensor.notify))

    assert found.returncode == 1
    assert found.stderr == (
        f"nmapwatchd: not running: no socket at {tmp_path}/run/selftest.socket\n"
    )
