"""Show on a terminal how far a replay has come."""

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import BinaryIO, TextIO

from nmapwatchd.formats.escape import printable

# Seconds that a replay takes before progress is shown: shorter ones need none.
DELAY_SECONDS = 2.0
# Seconds between two updates.
INTERVAL_SECONDS = 0.5

# Moves to the start of the line, and deletes it (ECMA-48, EL).
_CLEAR = "\r\x1b[K"


class Progress:
    """
    One line at the bottom of a terminal, deleted before anything else is printed.

    Nothing is written to what is not a terminal.

    Args:
        stream: standard error, or None if it is closed.
        total: the captures to replay.
        clock: seconds of the monotonic clock.
    """

    def __init__(
        self,
        stream: TextIO | None,
        total: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = stream if stream is not None and stream.isatty() else None
        self._total, self._clock = total, clock
        self._started_at = clock()
        self._name, self._number = "", 0
        self._file: BinaryIO | None = None
        self._is_shown = False

    def advance(self) -> None:
        """Count the next capture, which may turn out to be unreadable."""
        self._number += 1

    def begin(self, name: str, file: BinaryIO) -> None:
        """Show the progress of this capture from now on, by what is read of its file."""
        self._name, self._file = name, file

    def end(self) -> None:
        """Delete the line, and show none until the next capture begins."""
        self.clear()
        self._file = None

    def clear(self) -> None:
        """Delete the line until the next update."""
        if self._is_shown:
            self._write(_CLEAR)
        self._is_shown = False

    def update(self) -> None:
        """Write the line, if the replay has taken long enough."""
        if self._file is None or self._clock() - self._started_at < DELAY_SECONDS:
            return
        text = f"{self._number}/{self._total} {share(self._file)}{printable(self._name)}"
        columns = shutil.get_terminal_size().columns
        self._write(_CLEAR + text[: columns - 1])
        self._is_shown = True

    @asynccontextmanager
    async def shown(self) -> AsyncIterator[None]:
        """Update the line regularly until the end of the block."""
        updates = asyncio.create_task(self._keep_updating()) if self._stream is not None else None
        try:
            yield
        finally:
            if updates is not None:
                updates.cancel()
            self.end()

    async def _keep_updating(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL_SECONDS)
            self.update()

    def _write(self, text: str) -> None:
        if self._stream is not None:
            with suppress(OSError, ValueError):  # the terminal has gone
                self._stream.write(text)
                self._stream.flush()


def share(file: BinaryIO) -> str:
    """Return how much of a file was read, such as `42 % of `; '' if that cannot be known."""
    try:
        # The position of the descriptor, which the capture process and tshark share.
        position = os.lseek(file.fileno(), 0, os.SEEK_CUR)
        size = os.fstat(file.fileno()).st_size
    except (OSError, ValueError):  # a pipe, or it is closed
        return ""
    return f"{100 * position // size} % of " if size else ""
