"""Track window changes to be saved, so that open scans outlive the process."""

import itertools
from dataclasses import dataclass

from nmapwatchd.core.observation import Values
from nmapwatchd.core.windows.record import Key, WindowRecord
from nmapwatchd.core.windows.window import Window


@dataclass(frozen=True, slots=True)
class WindowChanges:
    """
    Changes of windows.

    Args:
        kept: records of windows, as they are now.
        gone: the ids of windows that are closed.
    """

    kept: tuple[WindowRecord, ...] = ()
    gone: Values = ()

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self.kept or self.gone)


NO_WINDOW_CHANGES = WindowChanges()


class ChangeTracker:
    """Tracks which windows changed since the changes were taken; bounded by the window table."""

    def __init__(self) -> None:
        self._reported: dict[Key, Window] = {}
        self._unreported: dict[Key, Window] = {}
        self._closed: dict[str, None] = {}

    def record(self, window: Window) -> None:
        """Track a window that changed, whether or not it was reported."""
        if window.is_fully_reported:
            self._reported[window.record.key] = window
        else:
            self._unreported[window.record.key] = window
        if self._closed:  # an id takes a microsecond
            self._closed.pop(window.record.scan_id, None)

    def close(self, window: Window) -> None:
        """Track that a window is closed."""
        self._reported.pop(window.record.key, None)
        self._unreported.pop(window.record.key, None)
        self._closed[window.record.scan_id] = None

    def take(self, limit: int) -> WindowChanges:
        """
        Return the changes since the last call.

        Args:
            limit: the maximum number of windows with unreported sightings, least recently taken
                ones first; those that were reported or closed are all returned.
        """
        windows = self._reported
        for key in list(itertools.islice(self._unreported, limit)):
            windows.setdefault(key, self._unreported.pop(key))
        taken = WindowChanges(
            tuple(window.record.copy() for window in windows.values()), tuple(self._closed)
        )
        self._reported, self._closed = {}, {}
        return taken
