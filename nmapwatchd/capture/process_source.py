"""A source whose frames come through a capture process."""

import time

from nmapwatchd.capture.process import CaptureProcess
from nmapwatchd.errors import CaptureError


class ProcessSource:
    """
    What sources with a capture process have in common.

    Args:
        name: the interface or the capture file.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.process: CaptureProcess | None = None  # while it is this source's

    @property
    def pids(self) -> tuple[int, ...]:
        """The capture process."""
        return () if self.process is None else (self.process.pid,)

    @property
    def silent_seconds(self) -> float:
        """Seconds since the capture process's last report; 0 without such a process."""
        return 0.0 if self.process is None else time.monotonic() - self.process.last_output_at

    @property
    def last_error(self) -> str:
        """The last error that the capture process reported, or ''."""
        return "" if self.process is None else self.process.last_error

    async def end(self) -> None:
        """
        Wait for the capture process to end.

        Raises:
            CaptureError: it could not read to the end.
        """
        if self.process is not None and await self.process.wait() != 0:
            raise CaptureError(f"{self.name}: {self.process.last_error}")

    async def finish(self) -> bool:
        """Stop capturing; return whether the capture process wrote what it held."""
        return self.process is None or await self.process.finish()

    async def close(self) -> None:
        """End the capture process."""
        if self.process is not None:
            await self.process.close()
