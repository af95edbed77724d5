"""However two lanes come to an end at once, one lane is read, and no other lives on."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, cast

import pytest

from nmapwatchd.capture import supervisor as module
from nmapwatchd.capture.stats import CaptureStats
from nmapwatchd.capture.supervisor import InterfaceSupervisor
from nmapwatchd.core.observation import Observation
from nmapwatchd.errors import CaptureError


class ALane:
    """A lane that opens and ends when the test says so; real ones cannot be held so still."""

    made: list["ALane"]

    def __init__(self, _name: str, filters: Any, _tshark_install: Any) -> None:
        self.filters, self.process = filters, self
        self.opened, self.ended = asyncio.Event(), asyncio.Event()
        self.is_read = False
        self.counts, self.last_words = CaptureStats(), "it ended"
        self.made.append(self)

    async def open_interface(self, *_: object, **__: object) -> None:
        await self.opened.wait()

    async def begin_beside(self, _front: object) -> None:
        await self.opened.wait()

    def succeed(self, _lane: "ALane", _sources: Sequence[str]) -> None:
        _lane.ended.set()

    async def observations(self) -> AsyncIterator[list[Observation]]:
        self.is_read = not self.ended.is_set()
        yield []
        await self.ended.wait()
        self.is_read = False

    async def finish(self) -> None:
        self.ended.set()

    async def stop(self) -> None:
        self.ended.set()

    def shed(self, _sources: Sequence[str]) -> None:
        """Nothing comes from anybody."""


async def settled() -> None:
    """Let everything happen that can."""
    for _ in range(20):
        await asyncio.sleep(0)


def watch(monkeypatch: pytest.MonkeyPatch) -> tuple[InterfaceSupervisor, list[ALane]]:
    """Return a watch, and the lanes that it will have made."""
    made = ALane.made = []
    monkeypatch.setattr(module, "CapturePipeline", ALane)
    watched = InterfaceSupervisor(
        "lo", *cast(Any, ("the old plan", None)), observe=lambda _: None,
        blind=lambda *_: None, recovered=lambda *_: None, on_top_talker=lambda _: None,
    )  # fmt: skip
    return watched, made


@pytest.mark.parametrize("first", [1, 2], ids=["the replacement", "the one after the end"])
def test_a_lane_that_ends_while_it_is_replaced_has_one_successor(
    monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    async def both() -> tuple[list[ALane], list[ALane]]:
        watched, made = watch(monkeypatch)
        made[0].opened.set()
        await watched.open()
        replacing = asyncio.create_task(watched.replace())
        await settled()
        made[0].ended.set()
        await settled()
        for number in (first, 3 - first):
            made[number].opened.set()
            await settled()
        with pytest.raises(CaptureError, match="it ended"):
            await replacing
        await settled()
        read = [lane for lane in made if lane.is_read]
        living = [lane for lane in made if not lane.ended.is_set()]
        await watched.close()
        return read, living

    read, living = asyncio.run(both())
    assert len(read) == 1
    assert read == living


def test_a_plan_that_is_changed_while_nothing_can_be_seen_is_what_is_looked_for_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def changed() -> list[object]:
        watched, made = watch(monkeypatch)
        made[0].opened.set()
        await watched.open()
        made[0].ended.set()
        await settled()
        await watched.replace(cast(Any, "the new plan"))
        made[1].opened.set()  # it was on its way, with the old one
        await settled()
        made[2].opened.set()
        await settled()
        read = [lane.filters for lane in made if lane.is_read]
        await watched.close()
        return read

    assert asyncio.run(changed()) == ["the new plan"]
