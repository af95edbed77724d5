"""The comparisons, by name."""

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
from benchmarks.report import Comparison
from benchmarks.runs import Settings

COMPARISONS: Mapping[str, Callable[[Settings], list[Comparison]]] = {
    "replay": replay.run,
    "live": live.run,
    "candidates": candidates.run,
    "latency": latency.run,
    "memory": memory.run,
    "signatures": signatures.run,
    "windows": windows.run,
}
