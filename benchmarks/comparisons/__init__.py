"""What is compared with what."""

from collections.abc import Callable, Mapping

from benchmarks.comparisons import (
    candidates,
    latency,
    live,
    memory,
    replay,
    signatures,
    windows,
)
from benchmarks.report import Pairing
from benchmarks.runs import Settings

PAIRINGS: Mapping[str, Callable[[Settings], list[Pairing]]] = {
    "replay": replay.pairings,
    "live": live.pairings,
    "candidates": candidates.pairings,
    "latency": latency.pairings,
    "memory": memory.pairings,
    "signatures": signatures.pairings,
    "windows": windows.pairings,
}
