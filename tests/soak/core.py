"""Soaks the core: tens of millions of candidates from ever other sources, without tshark."""

import asyncio
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address

from nmapwatchd.capture.pipeline import CapturePipeline
from nmapwatchd.commands.replay import Replay
from nmapwatchd.core.attribution.allowlist import Allowlist
from nmapwatchd.core.counters import Counters
from nmapwatchd.core.engine import Engine
from nmapwatchd.core.matching.detector import SignatureDetector
from nmapwatchd.core.observation import Observation
from nmapwatchd.core.windows.table import WindowPolicy
from nmapwatchd.daemon.service import CHANGES_PER_TICK
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.golden import goldens
from tests.soak.samples import Sample, look

MILLION = 1_000_000
# Packet time between two candidates, nanoseconds: 20,000 candidates a second, twice what a sensor
# can take in.
APART = 50_000
# Candidates that one source sends, and how many sources send at a time: some windows of each kind.
EACH = 40
AT_ONCE = 500
_FIRST = int(ip_address("10.0.0.0"))


def candidates() -> list[Observation]:
    """Return every candidate of the goldens, scans and ordinary clients alike."""
    catalogue = shipped_catalogue()
    replay = Replay(catalogue, Allowlist(), WindowPolicy())
    found: list[Observation] = []

    async def read() -> None:
        observations = CapturePipeline.observations

        async def remembered(lane: CapturePipeline) -> object:
            async for batch in observations(lane):
                found.extend(batch)
                yield batch

        CapturePipeline.observations = remembered  # type: ignore[method-assign,assignment]
        try:
            for golden in goldens()[::3]:
                async for _ in replay.alerts(str(golden.path), Counters()):
                    pass
        finally:
            CapturePipeline.observations = observations  # type: ignore[method-assign]

    try:
        asyncio.run(read())
    finally:
        replay.close()
    return found


def shifting(templates: list[Observation], count: int) -> Iterator[Observation]:
    """Yield candidates of sources that come, send a little, and never come again."""
    at = 1_795_348_800 * 1_000_000_000
    for number in range(count):
        source = number // (EACH * AT_ONCE) * AT_ONCE + number % AT_ONCE
        at += APART
        yield replace(
            templates[(number * 7 + source) % len(templates)],
            at=at,
            source=str(ip_address(_FIRST + source % (1 << 24))),
            frame_hash=number + 1,
        )


def soak(millions: float) -> tuple[list[Sample], Counters]:
    """Take in so many millions of candidates as the service would; return what it was like."""
    templates = candidates()
    counters = Counters()
    policy = WindowPolicy(maximum=8192)
    engine = Engine(
        [SignatureDetector(shipped_catalogue(), policy.seconds)],
        Allowlist(),
        policy,
        counters,
        track_changes=True,
    )
    began, samples, ticked = time.monotonic(), [], 0
    step = max(1, int(millions * MILLION / 60))
    for number, observation in enumerate(shifting(templates, int(millions * MILLION))):
        engine.observe(observation)
        if observation.at - ticked >= 1_000_000_000:
            ticked = observation.at
            engine.tick(observation.at)
            engine.unsaved_changes(CHANGES_PER_TICK)
        if number % step == 0:
            samples.append(look(os.getpid(), time.monotonic() - began, number))
            print(samples[-1], flush=True)
    return samples, counters
