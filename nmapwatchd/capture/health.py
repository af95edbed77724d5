"""Detect a pipeline that does not work although its processes live, that lags, or that grows."""

import time
from collections.abc import Callable
from typing import Protocol

from nmapwatchd.capture.liveness import Liveness
from nmapwatchd.capture.process_state import is_stopped, private_memory

# Seconds without a report from the capture process, which sends some all the time, or without a
# line from tshark, which writes a canary each second, that are too long.
SILENCE_SECONDS = 3.5
# Seconds within which a capture process that works sends a report.
REPORT_SECONDS = 1.0
# Seconds of lag at which a sensor is as good as blind, and at which it has caught up.
MAXIMUM_LAG_SECONDS = 5.0
CAUGHT_UP_SECONDS = 2.0
# Bytes that a tshark may grow before it is replaced: it never frees what it stores of
# conversations, 1 kB each. Two of them, for a moment, and all else stay below 400 MB.
MEMORY_GROWTH = 6 << 20


class MonitoredSource(Protocol):
    """The source of a pipeline's frames."""

    @property
    def silent_seconds(self) -> float:
        """Seconds since the capture process's last report; 0 without such a process."""


class MonitoredTshark(Protocol):
    """The tshark of a pipeline."""

    @property
    def pid(self) -> int | None:
        """Its process ID, None before it is started."""


class PipelineHealth:
    """
    Health of one pipeline.

    Args:
        source: the pipeline's source.
        tshark: the pipeline's tshark.
        clock: seconds of the monotonic clock.
        is_stopped: returns whether a process is stopped.
        private_memory: returns a process's memory, bytes.
    """

    def __init__(
        self,
        source: MonitoredSource,
        tshark: MonitoredTshark,
        *,
        clock: Callable[[], float] = time.monotonic,
        is_stopped: Callable[[int], bool] = is_stopped,
        private_memory: Callable[[int], int] = private_memory,
    ) -> None:
        self._source, self._tshark, self._clock = source, tshark, clock
        self._is_stopped, self._private_memory = is_stopped, private_memory
        self.canary = Liveness(clock)
        self._last_output_at = clock()  # of tshark
        self._initial_memory = 0  # bytes, of tshark when it started to write

    def record_output(self) -> None:
        """Record that tshark has written something."""
        self._last_output_at = self._clock()
        self._initial_memory = self._initial_memory or self._memory()

    @property
    def is_flowing(self) -> bool:
        """Whether something has come through the capture process and tshark."""
        return self.canary.is_flowing

    @property
    def lag(self) -> float:
        """Seconds by which tshark's output lags the interface; 0 before it starts."""
        return self.canary.lag

    @property
    def is_lagging(self) -> bool:
        """Whether the lag is too long."""
        return self.lag > MAXIMUM_LAG_SECONDS

    @property
    def has_caught_up(self) -> bool:
        """Whether something comes through, without much lag."""
        return self.is_flowing and self.lag < CAUGHT_UP_SECONDS

    @property
    def has_grown(self) -> bool:
        """Whether tshark's memory has grown too much since it started to write."""
        return 0 < self._initial_memory < self._memory() - MEMORY_GROWTH

    def error(self) -> str:
        """Return which process lives but does not work, or ''."""
        silent = self._source.silent_seconds
        if silent > SILENCE_SECONDS:
            return "the capture process is not responding"
        pid = self._tshark.pid
        if pid is not None and self._is_stopped(pid):
            return "tshark is stopped"
        if self.canary.is_overdue:
            return "tshark did not start in time"
        # Without a working capture process tshark has nothing to write.
        tshark_is_silent = self._clock() - self._last_output_at > SILENCE_SECONDS
        if self.lag and tshark_is_silent and silent < REPORT_SECONDS:
            return "tshark is not responding"
        return ""

    def _memory(self) -> int:
        return 0 if self._tshark.pid is None else self._private_memory(self._tshark.pid)
