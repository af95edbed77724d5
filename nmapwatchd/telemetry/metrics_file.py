"""Keep a file with the service's current metrics, for a collector."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog

from nmapwatchd.telemetry.prometheus import Metrics, exposition, write

# Seconds between two updates: scrapes are seldom more frequent.
UPDATE_SECONDS = 5.0

_log = structlog.get_logger()


class MetricsFile:
    """
    Writes the file from a thread, so that a slow disk delays nothing; removes it at the end.

    Args:
        file: its path; the directory must exist.
        read_metrics: returns the current metrics.
    """

    def __init__(self, file: Path, read_metrics: Callable[[], Metrics]) -> None:
        self._file, self._read_metrics = file, read_metrics
        self._task: asyncio.Task[None] | None = None
        self.error = ""  # why the file is not written

    def open(self) -> None:
        """Start to write."""
        self._task = asyncio.create_task(self._run(), name="metrics")

    async def close(self) -> None:
        """Stop writing and remove the file: metrics of a stopped service would mislead."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        with suppress(OSError):
            self._file.unlink(missing_ok=True)

    async def _run(self) -> None:
        while True:
            error = ""
            try:
                await asyncio.to_thread(write, exposition(self._read_metrics()), self._file)
            except OSError as failure:
                error = f"metrics {self._file}: {failure.strerror or failure}"
            if error and error != self.error:
                _log.warning("metrics file not written", error=error)
            self.error = error
            await asyncio.sleep(UPDATE_SECONDS)
