"""A sensor that is well says so though nothing happens, so that its silence can be alarmed on."""

import itertools
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.journal import journal
from nmapwatchd.core.counters import Counters
from tests.lab.network import wait_until
from tests.live.cable import INTERFACE, cable
from tests.live.service import Service, service

pytestmark = pytest.mark.live

# Seconds between heartbeats, as the operator wishes.
INTERVAL = 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the service is found."""
    return tmp_path_factory.mktemp("silence")


@pytest.fixture(scope="module")
def sensor(folder: Path) -> Iterator[Service]:
    """A service on a wire where nothing happens."""
    keys = f'heartbeat_seconds = {INTERVAL}\nruntime_directory = "{folder}/run"\n'
    with (
        cable() as wire,
        journal() as journald,
        service(wire.tap, journald, folder, keys=keys) as found,
    ):
        yield found


def test_heartbeats_go_on_in_silence_with_the_counts(sensor: Service) -> None:
    sensor.wait_reported("sensor-heartbeat", 3)

    beats = [d for d in sensor.documents if d["event"]["action"] == "sensor-heartbeat"]
    times = [datetime.fromisoformat(beat["@timestamp"]).timestamp() for beat in beats]
    pauses = [after - before for before, after in itertools.pairwise(times)]
    assert all(INTERVAL <= pause < INTERVAL + 2 for pause in pauses)  # a tick is a second
    assert beats[-1]["nmapwatchd"]["counts"].keys() == Counters().counts().keys()
    assert f"capturing on {INTERFACE}" in beats[-1]["nmapwatchd"]["detail"]


def test_the_metrics_say_what_is_seen_and_go_when_the_service_does(
    sensor: Service, folder: Path
) -> None:
    file = folder / "run" / "metrics.prom"
    wait_until(file.exists, "metrics")
    found = {
        (sample.name, sample.labels.get("interface", sample.labels.get("sink", ""))): sample.value
        for family in text_string_to_metric_families(file.read_text())
        for sample in family.samples
    }

    assert found["nmapwatchd_interface_capturing", INTERFACE] == 1
    assert found["nmapwatchd_interface_kernel_drops_total", INTERFACE] == 0
    assert found["nmapwatchd_sink_failing", "journald"] == 0
    sensor.process.terminate()
    sensor.process.wait(20)
    assert not file.exists()
