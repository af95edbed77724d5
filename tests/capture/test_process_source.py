"""What a source knows of its capture process, and how it ends."""

import asyncio
import time
from typing import Any, cast

import pytest

from nmapwatchd.capture.process_source import ProcessSource
from nmapwatchd.errors import CaptureError


class Process:
    pid, last_error = 4711, "truncated"

    def __init__(self, *, status: int = 0, finishes: bool = True) -> None:
        self._status, self._finishes = status, finishes
        self.last_output_at = time.monotonic() - 2
        self.is_closed = False

    async def wait(self) -> int:
        return self._status

    async def finish(self) -> bool:
        return self._finishes

    async def close(self) -> None:
        self.is_closed = True


def source(process: Process) -> ProcessSource:
    found = ProcessSource("eth0")
    found.process = cast(Any, process)
    return found


def test_the_process_is_the_source_s() -> None:
    found = source(Process())

    assert (found.pids, found.last_error) == ((4711,), "truncated")
    assert 2 <= found.silent_seconds < 3


@pytest.mark.parametrize("finishes", [True, False])
def test_it_finishes_as_its_process_does(*, finishes: bool) -> None:
    process = Process(finishes=finishes)

    async def run() -> bool:
        found = source(process)
        finished = await found.finish()
        await found.close()
        return finished

    assert asyncio.run(run()) is finishes
    assert process.is_closed


def test_an_end_with_an_error_has_its_message() -> None:
    asyncio.run(source(Process()).end())

    with pytest.raises(CaptureError, match=r"^eth0: truncated$"):
        asyncio.run(source(Process(status=1)).end())
