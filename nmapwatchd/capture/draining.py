"""Drain a replaced pipeline, for DRAIN_SECONDS at most."""

import time
from collections.abc import Callable

from nmapwatchd.capture.pipeline import CapturePipeline

# Seconds that a replaced pipeline has to write what it holds.
DRAIN_SECONDS = 5.0


class DrainingPipeline:
    """
    A pipeline that was just replaced, and is read to its end.

    Args:
        pipeline: the pipeline.
        clock: seconds of the monotonic clock.
    """

    def __init__(
        self, pipeline: CapturePipeline, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.pipeline = pipeline
        self._clock = clock
        self._deadline = clock() + DRAIN_SECONDS

    def enforce_deadline(self) -> None:
        """Abandon the pipeline if its time is over."""
        if self._clock() > self._deadline:
            self.pipeline.abandon()
