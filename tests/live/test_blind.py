"""Whatever happens to its parts, the sensor reports it, and recovers within five seconds."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

import pytest

from benchmarks.journal import Journal
from tests.lab.network import ip_in, wait_until
from tests.live.cable import INTERFACE, Cable
from tests.live.scarcity import frozen
from tests.live.service import Service, service

pytestmark = pytest.mark.live

# Seconds within which a sensor recovers when the cause has ended.
SOON = 5.0


@pytest.fixture(scope="module")
def sensor(
    wire: Cable, wire_journal: Journal, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """One service, which must survive every test."""
    with service(wire.tap, wire_journal, tmp_path_factory.mktemp("blind")) as found:
        yield found
        assert found.process.poll() is None, "it was never restarted"


def is_alerted(wire: Cable, sensor: Service) -> bool:
    """Send a request; return whether it is alerted within half a second."""
    try:
        source = wire.request()
    except subprocess.CalledProcessError:
        return False
    with suppress(TimeoutError):
        wait_until(lambda: any(s["source"]["ip"] == source for s in sensor.scans), source, 0.5)
        return True
    return False


def recovers(wire: Cable, sensor: Service, since: float) -> None:
    """Wait for the alert of a real request; `since` is the end of the cause."""
    left = since + SOON - time.monotonic()
    wait_until(lambda: is_alerted(wire, sensor), "the alert of a request", left)
    print(f"alerted {time.monotonic() - since:.1f} s after the end")


Trouble = Callable[[Cable, Service], AbstractContextManager[None]]


def killed(child: str) -> Trouble:
    @contextmanager
    def trouble(_wire: Cable, sensor: Service) -> Iterator[None]:
        os.kill(sensor.children()[child], signal.SIGKILL)
        yield

    return trouble


def stopped(child: str) -> Trouble:
    @contextmanager
    def trouble(_wire: Cable, sensor: Service) -> Iterator[None]:
        pid = sensor.children()[child]
        os.kill(pid, signal.SIGSTOP)
        yield
        with suppress(ProcessLookupError):  # it may be replaced already
            os.kill(pid, signal.SIGCONT)

    return trouble


def kept_frozen(child: str) -> Trouble:
    @contextmanager
    def trouble(_wire: Cable, sensor: Service) -> Iterator[None]:
        with frozen(sensor.children()[child]):
            yield

    return trouble


@contextmanager
def taken_down(wire: Cable, sensor: Service) -> Iterator[None]:
    ip_in(wire.listener, "link", "set", INTERFACE, "down")
    yield
    wire.bring_up()


@contextmanager
def without_carrier(wire: Cable, sensor: Service) -> Iterator[None]:
    ip_in(wire.sender, "link", "set", INTERFACE, "down")
    yield
    wire.bring_up()


@contextmanager
def removed(wire: Cable, sensor: Service) -> Iterator[None]:
    wire.cut()
    yield
    wire.lay()


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (killed("python3"), "the capture process or tshark ended"),
        (killed("tshark"), "the capture process or tshark ended"),
        (stopped("python3"), "the capture process is not responding"),
        (stopped("tshark"), "tshark is stopped"),
        (kept_frozen("python3"), "the capture process is not responding"),
        (kept_frozen("tshark"), "tshark is not responding"),
        (taken_down, "the interface is down"),
        (without_carrier, "the interface has no carrier"),
        (removed, "there is no such interface"),
    ],
    ids=[
        "capture-killed", "tshark-killed", "capture-stopped", "tshark-stopped",
        "capture-frozen", "tshark-frozen", "down", "no-carrier", "removed",
    ],
)  # fmt: skip
def test_an_outage_is_reported_and_ends_soon(
    trouble: Trouble, reason: str, wire: Cable, sensor: Service
) -> None:
    wait_until(lambda: is_alerted(wire, sensor), "an alert")
    before = len(sensor.documents)
    sensor.wait_notified("STATUS=capturing on ")
    with trouble(wire, sensor):
        wait_until(lambda: "sensor-blind" in sensor.actions()[before:], "sensor-blind", 10)
    ended = time.monotonic()
    recovers(wire, sensor, ended)
    wait_until(lambda: "sensor-recovered" in sensor.actions()[before:], "sensor-recovered", SOON)

    own = [d for d in sensor.documents[before:] if d["event"]["action"].startswith("sensor-")]
    assert [d["event"]["action"] for d in own] == ["sensor-blind", "sensor-recovered"]
    assert own[0]["nmapwatchd"]["detail"] == reason
    assert re.fullmatch(
        rf"was blind for \d+ s \({re.escape(reason)}\)", own[1]["nmapwatchd"]["detail"]
    )
    assert sensor.notified(f"STATUS=BLIND on {INTERFACE} (")


def test_a_replaced_interface_is_captured(wire: Cable, sensor: Service) -> None:
    before = len(sensor.documents)
    wire.cut()
    wire.lay()

    recovers(wire, sensor, time.monotonic())
    assert "sensor-blind" in sensor.actions()[before:]


@pytest.mark.parametrize("change", [("mtu", "1400"), ("address", "02:00:00:00:78:01")])
def test_an_interface_that_changes_is_captured_throughout(
    change: tuple[str, str], wire: Cable, sensor: Service
) -> None:
    recovers(wire, sensor, time.monotonic())
    before = len(sensor.documents)
    ip_in(wire.listener, "link", "set", INTERFACE, *change)
    wire.bring_up()

    recovers(wire, sensor, time.monotonic())
    assert "sensor-blind" not in sensor.actions()[before:]
