"""A clock that jumps, forth or back, does not make the sensor blind."""

import subprocess
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from benchmarks.journal import journal
from tests.lab.network import wait_until
from tests.live.cable import Cable
from tests.live.service import PROGRAM, Service, service

pytestmark = pytest.mark.live

SOURCE = Path(__file__).with_name("clock.c")
HOUR = 3600


def show(file: Path, seconds: int) -> None:
    """Set the sensor's clock: so much later than the machine's."""
    with file.open("r+b" if file.exists() else "wb") as out:
        out.write(b"%-15d\n" % seconds)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that says by how much the sensor's clock differs from the machine's."""
    file = tmp_path_factory.mktemp("clock") / "later"
    show(file, 0)
    return file


@pytest.fixture(scope="module")
def sensor(shown: Path, wire: Cable) -> Iterator[Service]:
    """
    A service whose clock can be set without setting this machine's.

    Its processes ask a library of ours for the time, which stamps packets by the same clock.
    """
    library = shown.with_name("clock.so")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True)
    program = ("env", f"LD_PRELOAD={library}", f"SHOWN={shown}", str(PROGRAM))
    with (
        journal() as journald,
        service(
            wire.tap, journald, shown.parent, program, window="[window]\nseconds = 2\n"
        ) as found,
    ):
        yield found


def told(wire: Cable, sensor: Service, source: str, times: int = 1) -> float:
    """Wait until scans of a source were alerted; return the sensor's time of the last."""

    def opened() -> list[str]:
        return [
            scan["@timestamp"]
            for scan in sensor.scans
            if scan["source"]["ip"] == source and scan["event"]["action"] == "scan-opened"
        ]

    wait_until(lambda: len(opened()) >= times, f"the alert of {source}", 5)
    return datetime.fromisoformat(opened()[times - 1]).timestamp()


@pytest.mark.parametrize("hours", [1, -1], ids=["forth", "back"])
def test_a_scanner_is_told_across_a_jump(
    hours: int, shown: Path, wire: Cable, sensor: Service
) -> None:
    show(shown, 0)
    time.sleep(2)
    source = wire.request()
    before = told(wire, sensor, source)
    show(shown, hours * HOUR)
    time.sleep(3)  # longer than a window

    wire.request(source)
    after = told(wire, sensor, source, times=2)
    told(wire, sensor, wire.request())

    assert abs(after - before - hours * HOUR) < 60
    assert sensor.process.poll() is None
    assert "sensor-blind" not in sensor.actions()
