"""An idle sensor sends heartbeats and metrics, so that their absence can raise an alarm."""

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

# Configured seconds between heartbeats.
INTERVAL = 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the service's runtime directory."""
    return tmp_path_factory.mktemp("silence")


@pytest.fixture(scope="module")
def sensor(folder: Path) -> Iterator[Service]:
    """A service on an idle network."""
    keys = f'heartbeat_seconds = {INTERVAL}\nruntime_directory = "{folder}/run"\n'
    with (
        cable() as wire,
        journal() as journald,
        service(wire.tap, journald, folder, keys=keys) as found,
    ):
        yield found


def test_heartbeats_continue_without_traffic_and_carry_the_counts(sensor: Service) -> None:
    sensor.wait_reported("sensor-heartbeat", 3)

    beats = [d for d in sensor.documents if d["event"]["action"] == "sensor-heartbeat"]
    times = [datetime.fromisoformat(beat["@timestamp"]).timestamp() for beat in beats]
    pauses = [after - before for before, after in itertools.pairwise(times)]
    assert all(INTERVAL <= pause < INTERVAL + 2 for pause in pauses)  # a tick is a second
    assert beats[-1]["nmapwatchd"]["counters"].keys() == Counters().counts().keys()
    assert f"capturing on {INTERFACE}" in beats[-1]["nmapwatchd"]["detail"]


def test_the_metrics_file_shows_the_interface_and_is_removed_at_a_stop(
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
