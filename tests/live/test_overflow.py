"""More alerts than memory holds come from the disk; more than the disk holds are named."""

import re
from pathlib import Path

import pytest

from benchmarks.journal import Journal
from tests.lab.network import Network, wait_until
from tests.live.scanners import flood_of_scanners
from tests.live.service import service
from tests.live.siem import OVER, opened, received, sent, siem, start
from tests.sinks.collector import LOOPBACK

pytestmark = pytest.mark.live

# A message that the diary names as lost.
_LOST = re.compile(r"scan-opened ([0-9a-f]{32})")


def count(file: Path, text: str) -> int:
    """Return how often a text stands in a file; much cheaper than to read what it says."""
    return file.read_bytes().count(text.encode()) if file.exists() else 0


def test_a_collector_that_is_away_gets_more_than_the_memory_holds_from_the_disk(
    network: Network, journald: Journal, tmp_path: Path
) -> None:
    many = 4_500  # a worker queues 4096
    with (
        siem(network, tmp_path, secure=True) as (found, table),
        service(network.tap, journald, tmp_path, siem=table) as sensor,
    ):
        found.kill()
        flood_of_scanners(network, tmp_path, many)
        wait_until(lambda: count(sensor.alerts_file, "scan-opened") == many, "the alerts", OVER)
        start(found)

        wait_until(lambda: count(found.output, '"scan-opened"') >= many, "what was sent", OVER)
        assert received(found) == {*sent(sensor)}
        assert "messages lost" not in "".join(sensor.said)


def test_an_overflow_says_to_every_sink_that_it_loses_and_names_what(
    network: Network, journald: Journal, tmp_path: Path
) -> None:
    many = 3_500  # 3072 wait in memory, and the first of them on disk as well
    spool = f'[spool]\ndirectory = "{tmp_path}/spool"\nmaximum_messages = 50\n'
    with siem(network, tmp_path, secure=False) as (found, table):
        with service(network.tap, journald, tmp_path, siem=table, spool=spool) as sensor:
            found.kill()
            flood_of_scanners(network, tmp_path, many)
            wait_until(lambda: count(sensor.alerts_file, "scan-opened") == many, "alerts", OVER)
            sensor.wait_said("sensor-undelivered")
            start(found)
            wait_until(lambda: count(found.output, '"sensor-undelivered"') > 0, "the word", OVER)
            said = opened(sent(sensor))
            words = [d for d in sensor.documents if d["event"]["action"] == "sensor-undelivered"]
        lost = set(_LOST.findall((tmp_path / "diary").read_text()))

    assert lost
    assert opened(received(found)) == said - lost
    assert f"lost by tcp://{LOOPBACK}:{found.port} " in words[0]["message"]
