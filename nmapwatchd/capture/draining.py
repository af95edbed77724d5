"""The lane that another has replaced is read to its end, for as long as that may take."""

import time

from nmapwatchd.capture.pipeline import CapturePipeline

# Seconds that a lane has to write what it holds when another has taken its place.
DRAIN_SECONDS = 5.0


class DrainingPipeline:
    """
    A lane whose place another has taken just now.

    Args:
        lane: it.
    """

    def __init__(self, lane: CapturePipeline) -> None:
        self.lane = lane
        self._since = time.monotonic()

    def force(self) -> None:
        """Cut it off where its time is over."""
        if time.monotonic() - self._since > DRAIN_SECONDS:
            self.lane.lost_at_handover()
