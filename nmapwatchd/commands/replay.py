"""Replays capture files on the same path that live traffic takes."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO

from nmapwatchd.capture.pipeline import CapturePipeline
from nmapwatchd.capture.tshark_install import TsharkInstall, find_tshark
from nmapwatchd.core.alert import Alert
from nmapwatchd.core.attribution.allowlist import Allowlist
from nmapwatchd.core.counters import Counters
from nmapwatchd.core.engine import Engine
from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.windows.table import WindowPolicy
from nmapwatchd.errors import CaptureError
from nmapwatchd.filters.compiled import CompiledFilters, compile_filters
from nmapwatchd.formats.ecs import format_ecs
from nmapwatchd.formats.sensor import this_sensor
from nmapwatchd.formats.summary import summarise

STANDARD_INPUT = "-"


class Replay:
    """Replays captures one by one; each stands alone."""

    def __init__(self, catalogue: Catalogue, allowlist: Allowlist, policy: WindowPolicy) -> None:
        self._catalogue, self._allowlist, self._policy = catalogue, allowlist, policy
        self._filters: CompiledFilters = compile_filters(catalogue)
        self._directory = tempfile.TemporaryDirectory(prefix="nmapwatchd-")
        self._tshark_install: TsharkInstall | None = None
        self._finding = asyncio.Lock()

    def close(self) -> None:
        """Remove what was written for tshark."""
        self._directory.cleanup()

    async def alerts(self, name: str, counters: Counters) -> AsyncIterator[Alert]:
        """
        Yield the alerts of a capture file, or of standard input.

        Args:
            name: the file's path, or `-`.
            counters: where to count.

        Raises:
            CaptureError: the capture cannot be read, or not to its end; what could be read has
                been yielded.
            OperatorError: a program is missing or too old.
        """
        async with self._finding:
            if self._tshark_install is None:
                profile = Path(self._directory.name)
                self._tshark_install = await find_tshark(
                    self._filters.dissection.dissectors, profile
                )
        engine = Engine(self._catalogue, self._allowlist, self._policy, counters)
        lane = CapturePipeline(name, self._filters, self._tshark_install)
        try:
            file = _opened(name)
        except OSError as error:
            raise CaptureError(f"{name}: {error.strerror}") from error
        with file:
            try:
                await lane.open_capture(file)
                async for batch in lane.observations():
                    for observation in batch:
                        for alert in engine.observe(observation):
                            yield alert
                for alert in engine.drain():
                    yield alert
                await lane.end()
            finally:
                counters.undecodable += lane.counts.undecodable
                await lane.stop()


def alert_printer(output: str) -> Callable[[str, Alert], None]:
    """Return a function that prints an alert of a capture immediately, as `text` or `json`."""
    sensor = this_sensor()

    def print_alert(capture: str, alert: Alert) -> None:
        is_text = output == "text"
        text = summarise(alert) if is_text else format_ecs(alert, sensor, capture).decode()
        print(text, flush=True)

    return print_alert


def _opened(name: str) -> BinaryIO:
    return sys.stdin.buffer if name == STANDARD_INPUT else Path(name).open("rb")
