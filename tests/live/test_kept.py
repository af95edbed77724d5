"""Alerts survive the end of the service, however it ends, and a scan remains one scan."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.journal import Journal
from tests.lab.network import Network, wait_until
from tests.lab.server import running
from tests.lab.servers import BY_NAME as SERVERS
from tests.live.scanners import addresses, assigned, flood_of_scanners, scan
from tests.live.service import service
from tests.live.siem import RECOVERY_SECONDS, opened, received, sent, siem, start

pytestmark = pytest.mark.live

SOURCES = addresses(50, 120)
SCANNERS = len(SOURCES)


@pytest.fixture(scope="module", autouse=True)
def web(network: Network) -> Iterator[None]:
    """A web server on the target, and the scanners' addresses."""
    with assigned(network, SOURCES), running(network, [SERVERS["nginx"]]):
        yield


@pytest.mark.parametrize("after", [0.3, 1.0, 2.5])
def test_a_service_that_is_killed_loses_no_alert_and_opens_none_twice(
    network: Network, journald: Journal, tmp_path: Path, after: float
) -> None:
    with siem(network, tmp_path, secure=False) as (found, table):
        with service(network.tap, journald, tmp_path, siem=table) as sensor:
            found.stop()  # so that many alerts are queued
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
            wait_until(
                lambda: received(found) >= {*sent(sensor)}, "what was sent", RECOVERY_SECONDS
            )

            ids = {(alert.source, alert.scan_id) for alert in sent(sensor)}
            assert before <= opened(received(found)) == opened(sent(sensor))
            assert len(ids) == SCANNERS  # no scanner has a second scan


def test_what_a_stop_left_undelivered_is_delivered_after_the_next_start(
    network: Network, journald: Journal, tmp_path: Path
) -> None:
    with siem(network, tmp_path, secure=False) as (found, table):
        found.kill()
        with service(network.tap, journald, tmp_path, siem=table) as sensor:
            scan(network, *SOURCES)
            sensor.wait_reported("scan-opened", SCANNERS)
        assert "messages stored for the next start" in (tmp_path / "log").read_text()
        start(found)

        with service(network.tap, journald, tmp_path, siem=table) as sensor:
            wait_until(
                lambda: received(found) >= {*sent(sensor)}, "what was sent", RECOVERY_SECONDS
            )

            assert len(opened(received(found))) == SCANNERS


def test_scans_captured_before_a_stop_are_reported(
    network: Network, journald: Journal, tmp_path: Path
) -> None:
    many = 1_000  # more than tshark reads between the last frame and the stop
    window = "[window]\nscans_per_minute = 1000000\n"  # none of them is a flood
    with service(network.tap, journald, tmp_path, window=window) as sensor:
        flood_of_scanners(network, tmp_path, many, rate=10_000)

    assert len(opened(sent(sensor))) == many
    assert sensor.documents[-1]["nmapwatchd"]["counters"]["lost_at_handover"] == 0


def test_a_scan_that_continues_across_a_restart_is_one_scan(
    network: Network, journald: Journal, tmp_path: Path
) -> None:
    window = "[window]\nseconds = 10\n"
    with service(network.tap, journald, tmp_path, window=window) as sensor:
        scan(network, SOURCES[0], SOURCES[0])
        sensor.wait_reported("scan-opened")
        time.sleep(1)
    with service(network.tap, journald, tmp_path, window=window) as sensor:
        scan(network, SOURCES[0])
        sensor.wait_reported("scan-closed", 2, 40)

    actions = [d["event"]["action"] for d in sensor.scans]
    assert actions == ["scan-opened", "scan-closed", "scan-continues", "scan-closed"]
    assert len({alert.scan_id for alert in sent(sensor)}) == 1
    assert [alert.sequence for alert in sent(sensor)] == [1, 2, 3, 4]
    assert len({d["event"]["id"] for d in sensor.scans}) == len(actions)
    assert [d["nmapwatchd"]["sightings"] for d in sensor.scans][1:] == [2, 3, 3]


def test_a_spool_that_cannot_be_written_stops_no_alert_and_is_reported(
    network: Network, journald: Journal, tmp_path: Path
) -> None:
    spool = '[spool]\ndirectory = "/sys/kernel/nmapwatchd"\n'
    with service(network.tap, journald, tmp_path, spool=spool) as sensor:
        scan(network, SOURCES[0])

        sensor.wait_reported("scan-opened")
        assert sensor.notified("not stored on disk")
    assert "messages are sent without being stored" in (tmp_path / "log").read_text()
