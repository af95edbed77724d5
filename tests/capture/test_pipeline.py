"""A golden passes a real capture process and a real tshark; frames are counted, shed or lost."""

import asyncio
import errno
import os
import signal
import struct
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from nmapwatchd.capture import shed_lines
from nmapwatchd.capture.file_source import file_source
from nmapwatchd.capture.liveness import Liveness
from nmapwatchd.capture.pipeline import CapturePipeline
from nmapwatchd.capture.source import CanaryFrame, CaptureSource
from nmapwatchd.capture.stats import CaptureStats
from nmapwatchd.capture.tshark_install import TsharkInstall, find_tshark
from nmapwatchd.core import canary
from nmapwatchd.core.observation import Observation
from nmapwatchd.core.shedding import NONE_SHED, ShedSources
from nmapwatchd.errors import CaptureError
from nmapwatchd.filters.compiled import compile_filters
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.frames import frame, write_capture
from tests.golden import goldens

ETHERNET = 1
FILTERS = compile_filters(shipped_catalogue())
GOLDEN = next(g for g in goldens("nmap") if g.path.name == "http-version.pcap")
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: Nmap Scripting Engine\r\n\r\n"


@pytest.fixture(scope="module")
def install() -> Iterator[TsharkInstall]:
    # Not below pytest's folder, which tshark, as another user than root, must not enter.
    with TemporaryDirectory() as profile:
        yield asyncio.run(find_tshark(FILTERS.dissection.dissectors, Path(profile)))


@asynccontextmanager
async def reading(file: Path, install: TsharkInstall) -> AsyncIterator[CapturePipeline]:
    with file.open("rb") as opened:
        source = file_source(str(file), opened, FILTERS.kernel)
        pipeline = CapturePipeline(source, FILTERS, install)
        try:
            await pipeline.open()
            yield pipeline
        finally:
            await pipeline.stop()


async def observations(pipeline: CapturePipeline) -> list[Observation]:
    return [found async for batch in pipeline.observations() for found in batch]


def test_a_golden_is_observed(install: TsharkInstall) -> None:
    async def run() -> list[Observation]:
        async with reading(GOLDEN.path, install) as pipeline:
            assert len(pipeline.pids) == 2
            found = await observations(pipeline)
            await pipeline.end()
            assert pipeline.observation_count == len(found)
            assert pipeline.counts == CaptureStats()
            assert pipeline.health.is_flowing
            assert pipeline.health.error() == ""
            return found

    found = asyncio.run(run())
    assert {seen.interface for seen in found} == {str(GOLDEN.path)}
    assert any(b"Nmap Scripting Engine" in seen.payload for seen in found)
    assert GOLDEN.source in {seen.source for seen in found}


def test_what_cannot_be_read_to_its_end_is_an_error(install: TsharkInstall, tmp_path: Path) -> None:
    file = write_capture(tmp_path / "in.pcap", [frame(REQUEST)] * 2)
    file.write_bytes(file.read_bytes()[:-1])

    async def run() -> int:
        async with reading(file, install) as pipeline:
            found = await observations(pipeline)
            with pytest.raises(CaptureError, match="truncated dump file"):
                await pipeline.end()
            return len(found)

    assert asyncio.run(run()) == 1


def test_what_tshark_cannot_read_is_an_error(install: TsharkInstall, tmp_path: Path) -> None:
    file = tmp_path / "in.pcap"
    file.write_bytes(b"snoop\0\0\0" + struct.pack(">II", 9, 4))  # of a version that does not exist

    async def run() -> None:
        async with reading(file, install) as pipeline:
            assert len(pipeline.pids) == 1
            assert await observations(pipeline) == []
            with pytest.raises(CaptureError, match="snoop"):
                await pipeline.end()
            assert "snoop" in pipeline.last_error

    asyncio.run(run())


def test_a_killed_pipeline_ends(install: TsharkInstall) -> None:
    async def run() -> str:
        async with reading(GOLDEN.path, install) as pipeline:
            pipeline.kill()
            await observations(pipeline)
            return pipeline.last_error

    assert asyncio.run(run()) == "the capture process or tshark ended"


class Source:
    """A source that writes these frames, the canary first, as an interface does."""

    silent_seconds = 0.0
    last_error = ""
    pids: tuple[int, ...] = ()

    def __init__(
        self, folder: Path, frames: Sequence[bytes] = (), *, canary_lag: float = 0
    ) -> None:
        self.name = "eth0"
        self._file, self._frames, self._lag = folder / "source.pcap", frames, canary_lag
        self.counts = CaptureStats(len(frames))
        self.shed_sources: list[ShedSources] = []
        self.is_started = False
        self.finishes = True
        self.held: int | None = None  # the writing end, if the capture is to continue

    async def open(self, canary_frame: CanaryFrame) -> int:
        injected_at = int((time.monotonic() - self._lag) * 1e9)
        own = canary_frame(ETHERNET)[: -canary.TIMESTAMP] + b"%016x" % injected_at
        foreign = Liveness().frame(ETHERNET)
        write_capture(self._file, [own, *self._frames, foreign])
        self.counts = CaptureStats(1 + len(self._frames))
        reader, writer = os.pipe()
        os.write(writer, self._file.read_bytes())
        if self.held is None:
            os.close(writer)
        else:
            self.held = writer
        return reader

    def start(self) -> None:
        self.is_started = True

    def shed(self, sources: ShedSources) -> None:
        self.shed_sources.append(sources)

    async def end(self) -> None:
        """It has ended."""

    async def finish(self) -> bool:
        return self.finishes

    async def close(self) -> None:
        if self.held:
            os.close(self.held)
            self.held = None


def pipeline_of(source: CaptureSource, install: TsharkInstall) -> CapturePipeline:
    return CapturePipeline(source, FILTERS, install)


def test_its_own_canaries_are_no_observations(install: TsharkInstall, tmp_path: Path) -> None:
    async def run() -> list[Observation]:
        pipeline = pipeline_of(Source(tmp_path, [frame(REQUEST)], canary_lag=7), install)
        await pipeline.open()
        found = await observations(pipeline)
        assert pipeline.health.is_flowing
        assert 7 < pipeline.health.lag < 17
        await pipeline.stop()
        return found

    request, foreign = asyncio.run(run())
    assert request.payload == REQUEST
    assert foreign.payload.startswith(canary.PREFIX)


def test_lines_of_sources_that_are_shed_are_not_decoded_but_for_a_few(
    install: TsharkInstall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shed_lines, "LINES_PER_SECOND", 1)
    limited = ShedSources(limited=("10.0.0.5",))
    frames = [frame(REQUEST, source=f"10.0.0.{n}", number=n) for n in (5, 6, 5, 5)]
    source = Source(tmp_path, frames)

    async def run() -> list[str]:
        pipeline = pipeline_of(source, install)
        await pipeline.open()
        for sources in (NONE_SHED, limited, limited):
            pipeline.shed(sources)
        found = await observations(pipeline)
        assert pipeline.counts.shed == 2
        await pipeline.stop()
        return [seen.source for seen in found]

    assert asyncio.run(run()) == ["10.0.0.5", "10.0.0.6", canary.SOURCE]
    assert source.shed_sources == [limited]  # only when it changes


def test_a_prepared_pipeline_delivers_when_it_takes_over(
    install: TsharkInstall, tmp_path: Path
) -> None:
    source = Source(tmp_path)

    async def run() -> None:
        pipeline = pipeline_of(source, install)
        await pipeline.prepare()
        assert pipeline.health.is_flowing
        assert not source.is_started
        pipeline.take_over(NONE_SHED)
        assert source.is_started
        await pipeline.stop()

    asyncio.run(run())
    assert source.shed_sources == [NONE_SHED]  # its filters can be others


def test_a_tshark_that_ends_is_not_prepared(install: TsharkInstall, tmp_path: Path) -> None:
    class Ended(Source):
        async def open(self, canary_frame: CanaryFrame) -> int:
            canary_frame(ETHERNET)
            return os.open(os.devnull, os.O_RDONLY)

    async def run() -> None:
        pipeline = pipeline_of(Ended(tmp_path), install)
        try:
            with pytest.raises(CaptureError, match=r"^eth0: "):
                await pipeline.prepare()
        finally:
            await pipeline.stop()

    asyncio.run(run())


@pytest.mark.parametrize("operation", ["open", "prepare"])
def test_a_lack_of_resources_is_an_error_of_the_capture(
    install: TsharkInstall, tmp_path: Path, operation: str
) -> None:
    class Failing(Source):
        async def open(self, _canary_frame: CanaryFrame) -> int:
            raise OSError(errno.EMFILE, "Too many open files")

    async def run() -> None:
        await getattr(pipeline_of(Failing(tmp_path), install), operation)()

    with pytest.raises(CaptureError, match=r"^eth0: Too many open files$"):
        asyncio.run(run())


def test_a_tshark_that_does_not_start_is_not_prepared(
    install: TsharkInstall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmapwatchd.capture.pipeline.REPLACEMENT_SECONDS", 0.3)

    class Silent(Source):
        async def open(self, canary_frame: CanaryFrame) -> int:
            canary_frame(ETHERNET)
            reader, self.held = os.pipe()
            return reader

    async def run() -> None:
        pipeline = pipeline_of(Silent(tmp_path), install)
        try:
            with pytest.raises(CaptureError, match=r"^eth0: tshark did not start in time$"):
                await pipeline.prepare()
        finally:
            await pipeline.stop()

    asyncio.run(run())


@pytest.mark.parametrize("how", ["finish", "abandon"])
def test_what_it_held_when_it_was_killed_is_lost(
    install: TsharkInstall, tmp_path: Path, how: str
) -> None:
    source = Source(tmp_path, [frame(REQUEST)])
    source.held = 0

    async def run() -> None:
        pipeline = pipeline_of(source, install)
        await pipeline.open()
        batches = pipeline.observations()
        read = 0
        while read < 2:
            read += len(await anext(batches))
        source.counts = CaptureStats(10, 3)
        assert pipeline.counts.lost_at_handover == 0
        if how == "finish":
            source.finishes = False
            await pipeline.finish()
            os.kill(pipeline.pids[-1], signal.SIGKILL)
        else:
            pipeline.abandon()
        async for _ in batches:
            pass
        assert pipeline.counts == CaptureStats(10, 3, lost_at_handover=5)
        await pipeline.stop()

    asyncio.run(run())


def test_an_end_in_time_loses_nothing(install: TsharkInstall, tmp_path: Path) -> None:
    source = Source(tmp_path, [frame(REQUEST)])

    async def run() -> CaptureStats:
        pipeline = pipeline_of(source, install)
        await pipeline.open()
        await pipeline.finish()
        await observations(pipeline)
        await pipeline.stop()
        return pipeline.counts

    assert asyncio.run(run()).lost_at_handover == 0
