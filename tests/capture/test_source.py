"""Every source keeps the protocol's promises before it is opened, and when it is closed twice."""

import asyncio
import io
from collections.abc import Callable
from typing import BinaryIO

import pytest

from nmapwatchd.capture.file_source import FilteredFile, UnfilteredFile
from nmapwatchd.capture.interface_source import InterfaceSource
from nmapwatchd.capture.source import CaptureSource
from nmapwatchd.capture.stats import CaptureStats
from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.shedding import ShedSources
from nmapwatchd.filters.compiled import compile_filters

NOTHING: BinaryIO = io.BytesIO()
SOURCES: list[Callable[[], CaptureSource]] = [
    lambda: InterfaceSource("name", compile_filters(Catalogue.of([], [])), print, print),
    lambda: FilteredFile("name", b"head", NOTHING, {}),
    lambda: UnfilteredFile("name", b"head", NOTHING),
]


@pytest.mark.parametrize("make", SOURCES)
def test_a_source_that_is_not_open_has_nothing_to_report(make: Callable[[], CaptureSource]) -> None:
    source = make()
    source.shed(ShedSources(("10.0.0.9",)))

    assert source.name == "name"
    assert source.counts == CaptureStats()
    assert (source.pids, source.silent_seconds, source.last_error) == ((), 0.0, "")


@pytest.mark.parametrize("make", SOURCES)
def test_a_source_that_is_not_open_can_be_closed(make: Callable[[], CaptureSource]) -> None:
    async def run() -> bool:
        source = make()
        await source.end()
        finished = await source.finish()
        await source.close()
        await source.close()
        return finished

    assert asyncio.run(run())
