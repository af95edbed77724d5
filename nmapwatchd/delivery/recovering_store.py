"""A store that is reopened after it failed."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from nmapwatchd.core.windows.record import WindowRecord
from nmapwatchd.delivery.codec import CodecError, decode_window
from nmapwatchd.delivery.store import FILE, Store, StoreError, UnreadableError, quarantine

# Seconds after which a disk that failed is tried again.
RETRY_SECONDS = 5.0

_T = TypeVar("_T")
Log = Callable[[str], None]


class RecoveringStore:
    """
    A store that may be unavailable for a while.

    Args:
        directory: of its file.
        maximum_messages: stored at most.
        maximum_bytes: of those messages.
        on_open: called with each store that was opened, before it is used.
        log: receives texts for the operator.
    """

    def __init__(
        self,
        directory: Path,
        maximum_messages: int,
        maximum_bytes: int,
        on_open: Callable[[Store], None],
        log: Log,
    ) -> None:
        self._directory, self._bounds = directory, (maximum_messages, maximum_bytes)
        self._on_open, self._log = on_open, log
        self._store: Store | None = None
        self._lock = threading.RLock()
        self._retry_at = 0.0
        self._last_sequence = 0  # the highest that a store assigned while the service ran
        self._was_not_opened = False  # by the last attempt
        self._reported_error = ""
        self.error = ""  # why messages are not stored

    @property
    def name(self) -> str:
        """Display name."""
        return f"spool {self._directory / FILE}"

    @property
    def last_sequence(self) -> int:
        """The highest sequence number that was assigned."""
        return self._last_sequence if self._store is None else self._store.last_sequence

    def attempt(self, operation: Callable[[Store], _T]) -> _T | None:
        """Run an operation on the store; return None if the store is not available."""
        with self._lock:
            if self._store is None and time.monotonic() < self._retry_at:
                return None
            try:
                return operation(self._opened_store())
            except UnreadableError as error:
                self._fail(str(error))
                self._quarantine(str(error))
            except StoreError as error:
                self._fail(str(error))
            return None

    def windows(self) -> Iterator[WindowRecord]:
        """Yield the stored windows."""
        for body in self.attempt(Store.windows) or ():
            try:
                yield decode_window(body)
            except CodecError as error:
                self._log(f"{self.name}: open scan not restored: {error}")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            store, self._store = self._store, None
            if store is not None:
                store.close()

    def _opened_store(self) -> Store:
        if self._store is None:
            store = Store(self._directory, *self._bounds, floor=self._last_sequence)
            self._store = store
            if self._was_not_opened:  # nothing need be written to know that this is over
                self._was_not_opened, self.error = False, ""
            self._on_open(store)
        return self._store

    def _fail(self, reason: str) -> None:
        self._was_not_opened = self._store is None
        self._last_sequence = self.last_sequence
        with contextlib.suppress(StoreError):  # the same error again
            self.close()
        self._retry_at = time.monotonic() + RETRY_SECONDS
        self.error = reason

    def _quarantine(self, reason: str) -> None:
        try:
            moved_to = quarantine(self._directory)
        except StoreError as error:
            self.error = f"{reason}; it cannot be moved aside: {error}"
            return
        self._log(
            f"{self.name} is unreadable: {reason}; moved to {moved_to}, "
            "its undelivered messages are lost"
        )
        self._retry_at = 0.0

    def mark_healthy(self) -> None:
        """Clear the error after a write."""
        self.error = ""

    def report(self) -> None:
        """Log whether messages are stored, if that has changed."""
        if bool(self.error) != bool(self._reported_error):
            if self.error:
                self._log(f"{self.name}: {self.error}; messages are sent without being stored")
            else:
                self._log(f"{self.name}: stores messages again")
        self._reported_error = self.error
