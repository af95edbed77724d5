"""The metrics file exists, up to date, for as long as the service runs."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from nmapwatchd.telemetry import metrics_file as module
from nmapwatchd.telemetry.metrics_file import MetricsFile
from nmapwatchd.telemetry.prometheus import Metrics


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Update the file all the time."""
    monkeypatch.setattr(module, "UPDATE_SECONDS", 0.01)


def metrics(open_scans: int = 0) -> Metrics:
    return Metrics("1", {}, open_scans, 0, (), ())


async def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - files signal no event
            await asyncio.sleep(0.01)


def test_the_file_follows_the_metrics_and_is_removed_at_the_end(tmp_path: Path) -> None:
    file = tmp_path / "metrics.prom"
    scans = 3

    async def run() -> None:
        nonlocal scans
        written = MetricsFile(file, lambda: metrics(scans))
        written.open()
        await until(lambda: file.exists() and "nmapwatchd_open_scans 3\n" in file.read_text())
        scans = 4
        await until(lambda: "nmapwatchd_open_scans 4\n" in file.read_text())
        await written.close()

    asyncio.run(run())
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_logged_once_and_retried(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "absent" / "metrics.prom"
    reads = 0

    def read() -> Metrics:
        nonlocal reads
        reads += 1
        return metrics()

    async def run() -> None:
        written = MetricsFile(file, read)
        written.open()
        await until(lambda: reads >= 3)
        file.parent.mkdir()
        await until(file.exists)
        await written.close()

    asyncio.run(run())
    printed = capsys.readouterr()
    assert (printed.out + printed.err).count("metrics file not written") == 1


def test_closing_what_was_not_opened_is_no_error(tmp_path: Path) -> None:
    asyncio.run(MetricsFile(tmp_path / "metrics.prom", metrics).close())
