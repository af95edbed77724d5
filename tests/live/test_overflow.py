"""Alerts that exceed the memory are delivered from disk; those that exceed the disk are logged."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from benchmarks.journal import Journal
from tests.lab.network import Network, wait_until
from tests.live.scanners import flood_of_scanners
from tests.live.service import service
from tests.live.siem import RECOVERY_SECONDS, AlertRecord, received, sent, siem, start
from tests.sinks.collector import LOOPBACK

pytestmark = pytest.mark.live

# So many scans are reported one by one, as no flood.
WINDOW = "[window]\nscans_per_minute = 1000000\n"

# A message that the log names as lost.
_LOST = re.compile(r"scan-opened ([0-9a-f]{32})")


def count(file: Path, text: str) -> int:
    """Return how often a text occurs in a file; much cheaper than parsing it."""
    return file.read_bytes().count(text.encode()) if file.exists() else 0


def openings(alerts: Iterable[AlertRecord]) -> set[str]:
    """Return the event ids of the alerts that open a scan."""
    return {alert.event_id for alert in alerts if alert.action == "scan-opened"}


def test_a_collector_that_was_down_gets_alerts_that_exceeded_the_memory_from_disk(
    network: Network, journald: Journal, tmp_path: Path
) -> None:
    many = 4_500  # a worker's queue has room for 4096
    with (
        siem(network, tmp_path, secure=True) as (found, table),
        service(network.tap, journald, tmp_path, siem=table, window=WINDOW) as sensor,
    ):
        found.kill()
        flood_of_scanners(network, tmp_path, many)
        wait_until(
            lambda: count(sensor.alerts_file, "scan-opened") == many, "the alerts", RECOVERY_SECONDS
        )
        start(found)

        wait_until(
            lambda: count(found.output, '"scan-opened"') >= many, "what was sent", RECOVERY_SECONDS
        )
        # The scans are being closed meanwhile.
        wait_until(
            lambda: received(found) == {*sent(sensor)}, "all that was sent", RECOVERY_SECONDS
        )
        assert "messages lost" not in "".join(sensor.notifications)


def test_an_overflow_is_reported_to_every_sink_and_names_what_is_lost(
    network: Network, journald: Journal, tmp_path: Path
) -> None:
    many = 3_500  # 3072 are queued in memory, and the first of them on disk as well
    spool = f'[spool]\ndirectory = "{tmp_path}/spool"\nmaximum_messages = 50\n'
    with siem(network, tmp_path, secure=False) as (found, table):
        with service(
            network.tap, journald, tmp_path, siem=table, spool=spool, window=WINDOW
        ) as sensor:
            found.kill()
            flood_of_scanners(network, tmp_path, many)
            wait_until(
                lambda: count(sensor.alerts_file, "scan-opened") == many, "alerts", RECOVERY_SECONDS
            )
            sensor.wait_reported("sensor-undelivered")
            start(found)
            wait_until(
                lambda: count(found.output, '"sensor-undelivered"') > 0,
                "the report",
                RECOVERY_SECONDS,
            )
            emitted = openings(sent(sensor))
            reports = [d for d in sensor.documents if d["event"]["action"] == "sensor-undelivered"]
        lost = set(_LOST.findall((tmp_path / "log").read_text()))

    assert lost
    assert openings(received(found)) == emitted - lost
    assert f"lost by tcp://{LOOPBACK}:{found.port} " in reports[0]["message"]
