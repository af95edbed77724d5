"""Soaks the engine with tens of millions of candidates of changing sources, without tshark."""

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
from tests.soak.samples import Sample, take_sample

MILLION = 1_000_000
# Packet time between two candidates, nanoseconds: 20,000 candidates per second, twice the rate that
# a sensor can process.
INTERVAL = 50_000
# Candidates of one source, and number of sources that send at a time: some windows of each kind.
CANDIDATES_PER_SOURCE = 40
ACTIVE_SOURCES = 500
_FIRST = int(ip_address("10.0.0.0"))


def candidates() -> list[Observation]:
    """Return the candidates of every third golden, of scans and of ordinary clients."""
    catalogue = shipped_catalogue()
    replay = Replay(catalogue, Allowlist(), WindowPolicy())
    found: list[Observation] = []

    async def read() -> None:
        observations = CapturePipeline.observations

        async def recorded(pipeline: CapturePipeline) -> object:
            async for batch in observations(pipeline):
                found.extend(batch)
                yield batch

        CapturePipeline.observations = recorded  # type: ignore[method-assign,assignment]
        try:
            for golden in goldens()[::3]:
                async for _ in replay.messages(str(golden.path), Counters()):
                    pass
        finally:
            CapturePipeline.observations = observations  # type: ignore[method-assign]

    try:
        asyncio.run(read())
    finally:
        replay.close()
    return found


def shifting(templates: list[Observation], count: int) -> Iterator[Observation]:
    """Yield candidates of sources that send a few each and then stop."""
    at = 1_795_348_800 * 1_000_000_000
    for number in range(count):
        source = (
            number // (CANDIDATES_PER_SOURCE * ACTIVE_SOURCES) * ACTIVE_SOURCES
            + number % ACTIVE_SOURCES
        )
        at += INTERVAL
        yield replace(
            templates[(number * 7 + source) % len(templates)],
            at=at,
            source=str(ip_address(_FIRST + source % (1 << 24))),
            frame_hash=number + 1,
        )


def soak(millions: float) -> tuple[list[Sample], Counters]:
    """Process candidates as the service does; return samples and the engine's counters."""
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
    start, samples, ticked = time.monotonic(), [], 0
    step = max(1, int(millions * MILLION / 60))
    for number, observation in enumerate(shifting(templates, int(millions * MILLION))):
        engine.observe(observation)
        if observation.at - ticked >= 1_000_000_000:
            ticked = observation.at
            engine.tick(observation.at)
            engine.unsaved_changes(CHANGES_PER_TICK)
        if number % step == 0:
            samples.append(take_sample(os.getpid(), time.monotonic() - start, number))
            print(samples[-1], flush=True)
    return samples, counters
