"""The shelf has the store open, opens it anew after it failed, and says what is wrong with it."""

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
Say = Callable[[str], None]


class RecoveringStore:
    """
    A store, while there is one.

    Args:
        directory: where it is.
        maximum_messages: that it holds.
        maximum_bytes: of those messages.
        opened: takes each store that was opened, before anybody else does.
        say: takes a sentence for the operator.
    """

    def __init__(
        self,
        directory: Path,
        maximum_messages: int,
        maximum_bytes: int,
        opened: Callable[[Store], None],
        say: Say,
    ) -> None:
        self._directory, self._bounds = directory, (maximum_messages, maximum_bytes)
        self._opened, self._say = opened, say
        self._store: Store | None = None
        self._lock = threading.RLock()
        self._retry_at = 0.0
        self._last = 0  # the highest number that a store gave while we ran
        self._said = ""
        self.fault = ""  # why nothing is kept

    @property
    def name(self) -> str:
        """What the operator calls it."""
        return f"spool {self._directory / FILE}"

    @property
    def last(self) -> int:
        """The highest number that was given."""
        return self._last if self._store is None else self._store.last

    def attempt(self, work: Callable[[Store], _T]) -> _T | None:
        """Do something with the store; return None where it has failed and is not back yet."""
        with self._lock:
            if self._store is None and time.monotonic() < self._retry_at:
                return None
            try:
                return work(self._opened_store())
            except UnreadableError as error:
                self._fail(str(error))
                self._set_aside(str(error))
            except StoreError as error:
                self._fail(str(error))
            return None

    def windows(self) -> Iterator[WindowRecord]:
        """Yield the scans that went on when the store was left."""
        for body in self.attempt(Store.windows) or ():
            try:
                yield decode_window(body)
            except CodecError as error:
                self._say(f"a scan that was going on cannot be taken up: {error}")

    def close(self) -> None:
        """Let go of the store."""
        with self._lock:
            store, self._store = self._store, None
            if store is not None:
                store.close()

    def _opened_store(self) -> Store:
        if self._store is None:
            store = Store(self._directory, *self._bounds, floor=self._last)
            self._store = store
            self._opened(store)
        return self._store

    def _fail(self, why: str) -> None:
        self._last = self.last
        with contextlib.suppress(StoreError):  # the same fault again
            self.close()
        self._retry_at = time.monotonic() + RETRY_SECONDS
        self.fault = why

    def _set_aside(self, why: str) -> None:
        try:
            where = quarantine(self._directory)
        except StoreError as error:
            self.fault = f"{why}; it cannot be moved aside: {error}"
            return
        self._say(f"{self.name} cannot be read: {why}; it is now {where}, a new one begins, "
                  "and what waited in it is not delivered")  # fmt: skip
        self._retry_at = 0.0

    def well(self) -> None:
        """Take note that something was written."""
        self.fault = ""

    def report(self) -> None:
        """Say whether messages are kept, when that has changed."""
        if bool(self.fault) != bool(self._said):
            if self.fault:
                self._say(f"{self.name}: {self.fault}; alerts are said without being kept")
            else:
                self._say(f"{self.name}: works again")
        self._said = self.fault
