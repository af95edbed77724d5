"""Where a pipeline's frames come from: an interface or a capture file."""

from collections.abc import Callable
from typing import Protocol

from nmapwatchd.capture.stats import CaptureStats
from nmapwatchd.core.shedding import ShedSources

# Returns the canary for a link type, or b"".
CanaryFrame = Callable[[int], bytes]


class CaptureSource(Protocol):
    """Delivers frames, as a capture file, to a descriptor that tshark reads."""

    @property
    def name(self) -> str:
        """The interface or the capture file."""

    async def open(self, canary_frame: CanaryFrame) -> int:
        """
        Open the source.

        Args:
            canary_frame: returns the canary to inject; ignored by files.

        Returns:
            The descriptor to read from, which the caller closes.

        Raises:
            CaptureError: the source cannot be opened.
        """

    def start(self) -> None:
        """Deliver frames from now on; the reader has started."""

    def shed(self, sources: ShedSources) -> None:
        """Shed these sources, and no others, from now on."""

    @property
    def counts(self) -> CaptureStats:
        """Frames that the kernel delivered through this source, and dropped."""

    @property
    def pids(self) -> tuple[int, ...]:
        """Its processes."""

    @property
    def silent_seconds(self) -> float:
        """Seconds since the capture process's last report; 0 without such a process."""

    @property
    def last_error(self) -> str:
        """The last error that it reported, or ''."""

    async def end(self) -> None:
        """
        Wait until everything was delivered.

        Raises:
            CaptureError: the source could not be read to its end.
        """

    async def finish(self) -> bool:
        """Stop capturing; return whether what was captured could be delivered."""

    async def close(self) -> None:
        """End its processes."""
