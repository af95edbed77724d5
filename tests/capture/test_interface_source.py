"""A capture process passes from one source to the next, with the counters of each apart."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from nmapwatchd.capture.interface_source import InterfaceSource
from nmapwatchd.capture.process import CaptureProcess
from nmapwatchd.capture.stats import CaptureStats
from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.shedding import NONE_SHED, ShedSources
from nmapwatchd.errors import CaptureError
from nmapwatchd.filters.compiled import compile_filters

ETHERNET = 1
FILTERS = compile_filters(Catalogue.of([], []))


class Process:
    """Records its calls."""

    link, pid, last_error, last_output_at = ETHERNET, 4711, "", 0.0
    thinning_factor = 16

    def __init__(self) -> None:
        self.counts = CaptureStats()
        self.calls: list[tuple[object, ...]] = []

    def prepare_output(self, output: int, canary: bytes) -> None:
        os.write(output, b"a capture")
        self.calls.append(("prepare", canary))

    def switch_output(self) -> None:
        self.calls.append(("switch",))

    def set_filter(self, bpf: bytes) -> None:
        self.calls.append(("filter", bpf))

    async def close(self) -> None:
        self.calls.append(("close",))


def with_process(
    monkeypatch: pytest.MonkeyPatch,
    scenario: Callable[[InterfaceSource, Process], Awaitable[None]],
) -> Process:
    """Run a scenario with a source that is open and started."""
    process = Process()

    async def from_interface(interface: str, filters: Any, *_reports: object) -> Process:
        assert (interface, filters) == ("eth0", FILTERS.kernel)
        return process

    monkeypatch.setattr(CaptureProcess, "from_interface", from_interface)

    async def run() -> None:
        source = InterfaceSource("eth0", FILTERS, print, print)
        await opened(source)
        source.start()
        await scenario(source, process)

    asyncio.run(run())
    return process


async def opened(source: InterfaceSource) -> None:
    with os.fdopen(await source.open(lambda link: b"canary %d" % link), "rb") as pipe:
        assert pipe.read() == b"a capture"  # no other process holds its end


def test_frames_are_delivered_when_it_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(source: InterfaceSource, _process: Process) -> None:
        assert source.pids == (4711,)
        await source.close()

    process = with_process(monkeypatch, nothing)
    assert process.calls == [("prepare", b"canary 1"), ("switch",), ("close",)]


def test_a_successor_takes_the_process_over_when_it_is_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def succeed(old: InterfaceSource, process: Process) -> None:
        process.counts = CaptureStats(10, 1)
        new = old.successor(FILTERS)
        await opened(new)
        assert (old.pids, new.pids) == ((4711,), ())
        process.counts = CaptureStats(12, 2)
        new.start()
        process.counts = CaptureStats(17, 2)

        assert (old.pids, new.pids) == ((), (4711,))
        assert (old.counts, new.counts) == (CaptureStats(12, 2), CaptureStats(5, 0))
        await old.close()
        assert old.silent_seconds == 0.0

        third = new.successor(FILTERS)
        await opened(third)
        third.start()
        process.counts = CaptureStats(18, 3)
        assert (new.counts, third.counts) == (CaptureStats(5, 0), CaptureStats(1, 1))

    process = with_process(monkeypatch, succeed)
    assert ("close",) not in process.calls


def test_a_successor_that_is_not_started_leaves_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(old: InterfaceSource, process: Process) -> None:
        new = old.successor(FILTERS)
        await opened(new)
        await new.close()
        assert old.pids == (4711,)
        assert process.calls[-1] == ("prepare", b"canary 1")

    with_process(monkeypatch, fail)


def test_what_is_not_captured_any_more_has_no_successor(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(old: InterfaceSource, _process: Process) -> None:
        old.release_process()
        with pytest.raises(CaptureError, match=r"^eth0: not captured$"):
            await opened(old.successor(FILTERS))

    with_process(monkeypatch, fail)


def test_sources_are_shed_in_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = ShedSources(("10.0.0.9",))

    async def shed(source: InterfaceSource, _process: Process) -> None:
        source.shed(sources)
        source.shed(NONE_SHED)

    process = with_process(monkeypatch, shed)
    assert process.calls[2:] == [
        ("filter", FILTERS.shedding(ETHERNET, sources)),
        ("filter", FILTERS.kernel[ETHERNET]),
    ]


def test_frames_are_thinned_out_by_the_process_as_long_as_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario(source: InterfaceSource, _process: Process) -> None:
        assert source.thinning_factor == 16
        source.release_process()
        assert source.thinning_factor == 1

    with_process(monkeypatch, scenario)
