"""A real tshark reads a pipe to its end, without privileges, and reports errors."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from nmapwatchd.capture.decode import Decoder
from nmapwatchd.capture.tshark import MAXIMUM_LINE, OLDEST, PipedTshark
from nmapwatchd.capture.tshark_install import find_tshark
from nmapwatchd.filters.compiled import compile_filters
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.golden import goldens

FILTERS = compile_filters(shipped_catalogue())
GOLDEN = next(g.path for g in goldens("nmap") if g.path.name == "http-version.pcap")


@pytest.fixture
def profile() -> Iterator[Path]:
    # Not below pytest's folder, which tshark, as another user than root, must not enter.
    with TemporaryDirectory() as folder:
        yield Path(folder)


@asynccontextmanager
async def started(profile: Path, source: int) -> AsyncIterator[PipedTshark]:
    """Start a tshark on a descriptor, and stop it."""
    install = await find_tshark(FILTERS.dissection.dissectors, profile)
    columns = Decoder("eth0", FILTERS.dissection.fields).columns
    tshark = PipedTshark(FILTERS.dissection, columns, install.version, install.profile)
    assert tshark.pid is None
    try:
        await tshark.start(source)
        yield tshark
    finally:
        await tshark.stop()


def run(profile: Path, data: bytes, use: Callable[[PipedTshark], Awaitable[None]]) -> None:
    """Use a tshark that reads a pipe with some bytes."""

    async def with_tshark() -> None:
        reader, writer = os.pipe()
        os.write(writer, data)
        try:
            async with started(profile, reader) as tshark:
                os.close(writer)
                await use(tshark)
        finally:
            os.close(reader)

    asyncio.run(with_tshark())


def test_each_candidate_is_a_line_of_all_columns(profile: Path) -> None:
    decoder = Decoder("eth0", FILTERS.dissection.fields)

    async def read(tshark: PipedTshark) -> None:
        lines = [line async for batch in tshark.batches() for line in batch]
        assert {line.count(b"\t") + 1 for line in lines} == {len(decoder.columns)}
        payloads = [decoder.decode(line).payload for line in lines]
        assert any(b"Nmap Scripting Engine" in payload for payload in payloads)
        assert await tshark.wait() == 0
        assert tshark.last_error == ""

    run(profile, GOLDEN.read_bytes()[:60_000], read)


def test_it_has_no_privileges(profile: Path) -> None:
    def inspect(pid: int | None) -> None:
        status = Path(f"/proc/{pid}/status").read_text().splitlines()
        values = dict(line.split(":\t") for line in status)
        names = ("CapEff", "CapPrm", "CapInh", "CapAmb")
        assert [int(values[name], 16) for name in names] == [0] * 4
        assert values["NoNewPrivs"] == "1"
        assert not values["Uid"].startswith("0\t")

    async def held_open() -> None:
        reader, writer = os.pipe()
        async with started(profile, reader) as tshark:
            await asyncio.sleep(0.2)  # until setpriv has executed it
            inspect(tshark.pid)
        os.close(writer)
        os.close(reader)

        asyncio.run(held_open())


def test_what_is_no_capture_is_an_error(profile: Path) -> None:
    async def fail(tshark: PipedTshark) -> None:
        assert [batch async for batch in tshark.batches()] == []
        assert await tshark.wait() != 0
        assert "isn't a capture file" in tshark.last_error
        assert not tshark.last_error.startswith("tshark:")

    run(profile, b"this is not a capture file\n" * 4, fail)


def test_a_stopped_tshark_whose_output_nobody_reads_is_ended(
    profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmapwatchd.capture.subprocesses.END_SECONDS", 0.2)

    async def stop(tshark: PipedTshark) -> None:
        assert tshark.pid is not None
        os.kill(tshark.pid, signal.SIGSTOP)
        await tshark.stop()
        with pytest.raises(ProcessLookupError):
            os.kill(tshark.pid, 0)

    run(profile, GOLDEN.read_bytes()[:60_000], stop)


def test_a_line_that_is_too_long_hides_no_other(profile: Path) -> None:
    class Process:
        def __init__(self) -> None:
            self.stdout = asyncio.StreamReader()
            self.stdout.feed_data(b"one\n" + b"x" * (MAXIMUM_LINE + 70_000) + b"\ntwo\n")
            self.stdout.feed_eof()

    async def read() -> list[bytes]:
        tshark = PipedTshark(FILTERS.dissection, (), OLDEST, profile)
        tshark._process = Process()  # type: ignore[assignment]
        return [line async for batch in tshark.batches() for line in batch]

    first, *_, last = asyncio.run(read())
    assert (first, last) == (b"one", b"two")
