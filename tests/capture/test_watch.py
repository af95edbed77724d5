"""However two lanes come to an end at once, one lane is read, and no other lives on."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, cast

import pytest

from nmapwatchd.capture import watch as module
from nmapwatchd.capture.counts import Counts
from nmapwatchd.capture.watch import Watch
from nmapwatchd.core.observation import Observation


class ALane:
    """A lane that opens and ends when the test says so; real ones cannot be held so still."""

    made: list["ALane"]

    def __init__(self, *_: Any) -> None:
        self.opened, self.ended = asyncio.Event(), asyncio.Event()
        self.is_read = False
        self.counts, self.last_words = Counts(), "it ended"
        self.made.append(self)

    async def open_interface(self, *_: object, **__: object) -> None:
        await self.opened.wait()

    async def begin(self, _sources: Sequence[str]) -> None:
        """It begins at once."""

    async def observations(self) -> AsyncIterator[list[Observation]]:
        self.is_read = not self.ended.is_set()
        yield []
        await self.ended.wait()
        self.is_read = False

    async def finish(self) -> None:
        self.ended.set()

    async def stop(self) -> None:
        self.ended.set()

    def pass_over(self, _sources: Sequence[str]) -> None:
        """Nothing comes from anybody."""


async def settled() -> None:
    """Let everything happen that can."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize("first", [1, 2], ids=["the replacement", "the one after the end"])
def test_a_lane_that_ends_while_it_is_replaced_has_one_successor(
    monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    monkeypatch.setattr(module, "Lane", ALane)

    async def both() -> list[ALane]:
        made: list[ALane] = []
        ALane.made = made
        watched = Watch(
            "lo", *cast(Any, (None, None)), observe=lambda _: None, blind=lambda *_: None,
            recovered=lambda *_: None, loud=lambda _: None,
        )  # fmt: skip
        made[0].opened.set()
        await watched.open()
        replacing = asyncio.create_task(watched.replace())
        await settled()
        made[0].ended.set()
        await settled()
        for number in (first, 3 - first):
            made[number].opened.set()
            await settled()
        await replacing
        await settled()
        read = [lane for lane in made if lane.is_read]
        living = [lane for lane in made if not lane.ended.is_set()]
        await watched.close()
        assert read == living
        return read

    assert len(asyncio.run(both())) == 1
