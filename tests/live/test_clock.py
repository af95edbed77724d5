"""A clock that is set forward or back does not blind the sensor."""

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


def set_clock(file: Path, seconds: int) -> None:
    """Set the sensor's clock so many seconds ahead of the machine's."""
    with file.open("r+b" if file.exists() else "wb") as out:
        out.write(b"%-15d\n" % seconds)


@pytest.fixture(scope="module")
def offset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file with the offset of the sensor's clock, seconds."""
    file = tmp_path_factory.mktemp("clock") / "offset"
    set_clock(file, 0)
    return file


@pytest.fixture(scope="module")
def sensor(offset: Path, wire: Cable) -> Iterator[Service]:
    """
    A service whose clock can be set without setting this machine's.

    A preloaded library gives its processes the time, and the packets their timestamps.
    """
    library = offset.with_name("clock.so")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True)
    program = ("env", f"LD_PRELOAD={library}", f"CLOCK_OFFSET={offset}", str(PROGRAM))
    with (
        journal() as journald,
        service(
            wire.tap, journald, offset.parent, program, window="[window]\nseconds = 2\n"
        ) as found,
    ):
        yield found


def alerted(sensor: Service, source: str, times: int = 1) -> float:
    """Wait for alerts on scans of a source; return the sensor's time of the last."""

    def opened() -> list[str]:
        return [
            scan["@timestamp"]
            for scan in sensor.scans
            if scan["source"]["ip"] == source and scan["event"]["action"] == "scan-opened"
        ]

    wait_until(lambda: len(opened()) >= times, f"the alert of {source}", 5)
    return datetime.fromisoformat(opened()[times - 1]).timestamp()


@pytest.mark.parametrize("hours", [1, -1], ids=["forward", "back"])
def test_scanners_are_detected_before_and_after_a_step(
    hours: int, offset: Path, wire: Cable, sensor: Service
) -> None:
    set_clock(offset, 0)
    time.sleep(2)
    source = wire.request()
    before = alerted(sensor, source)
    set_clock(offset, hours * HOUR)
    time.sleep(3)  # longer than a window

    wire.request(source)
    after = alerted(sensor, source, times=2)
    alerted(sensor, wire.request())

    assert abs(after - before - hours * HOUR) < 60
    assert sensor.process.poll() is None
    assert "sensor-blind" not in sensor.actions()
