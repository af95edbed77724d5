"""Keeps a file with the service's metrics as they are, for who collects them."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog

from nmapwatchd.telemetry.prometheus import Metrics, exposition, write

# Seconds between two writings: a scrape is seldom more frequent.
WRITE_SECONDS = 5.0

_log = structlog.get_logger()


class MetricsFile:
    """
    Written in a thread, so that a slow disk delays nobody; gone when the service is.

    Args:
        file: where it is; its folder must be there.
        read: returns the counts of the moment.
    """

    def __init__(self, file: Path, read: Callable[[], Metrics]) -> None:
        self._file, self._read = file, read
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._run(), name="metrics")

    async def close(self) -> None:
        """Write no more, and leave nothing that would tell of a service that is not there."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        with suppress(OSError):
            self._file.unlink(missing_ok=True)

    async def _run(self) -> None:
        said = ""
        while True:
            fault = ""
            try:
                await asyncio.to_thread(write, exposition(self._read()), self._file)
            except OSError as error:
                fault = error.strerror or str(error)
            if fault and fault != said:
                _log.warning("metrics are not written", file=str(self._file), error=fault)
            said = fault
            await asyncio.sleep(WRITE_SECONDS)
