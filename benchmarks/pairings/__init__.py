"""What is compared with what."""

from collections.abc import Callable, Mapping

from benchmarks.comparison import Settings
from benchmarks.pairings import live, replay
from benchmarks.report import Pairing

PAIRINGS: Mapping[str, Callable[[Settings], list[Pairing]]] = {
    "replay": replay.pairings,
    "live": live.pairings,
}
