"""Store messages on disk before they are sent, until every sink has them."""

import threading
import time
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nmapwatchd.core.alert import Message
from nmapwatchd.core.windows.changes import NO_WINDOW_CHANGES, WindowChanges
from nmapwatchd.core.windows.record import WindowRecord
from nmapwatchd.delivery.codec import CodecError, decode, encode, encode_window
from nmapwatchd.delivery.cursor import SinkCursor
from nmapwatchd.delivery.loss_report import loss_lines, loss_text
from nmapwatchd.delivery.priority import Priority
from nmapwatchd.delivery.recovering_store import Log, RecoveringStore
from nmapwatchd.delivery.store import Record, Store
from nmapwatchd.formats.identity import message_name

# Entries queued for the disk, at most; a flood beyond it bypasses the disk.
MAXIMUM_QUEUED = 4096
# Entries of one commit, which share its wait for the disk.
_MAXIMUM_BATCH = 256
# Messages read from the disk at a time for a backlogged sink: about 1 MB.
_CHUNK = 256
# Seconds between two writes of the sinks' positions, and between two reads for backlogged sinks.
# Messages delivered after the last write before a kill are delivered again.
_INTERVAL = 0.25
# Seconds that a commit may take; after that, messages bypass the disk.
_STALLED_SECONDS = 2.0
# Minimum seconds between two reports of a sink's losses.
_REPORT_SECONDS = 60.0


@dataclass(slots=True)
class _Entry:
    """What is written together: messages, and changes of windows."""

    messages: Sequence[Message]
    changes: WindowChanges
    is_forwarded: bool = False


class Spool:
    """
    Writes in its own thread; whatever the disk does, messages reach the sinks.

    Args:
        directory: of the file; None to store nothing and forward messages immediately.
        maximum_messages: stored at most.
        maximum_bytes: of those messages.
        log: receives texts for the operator; called from any thread.
    """

    def __init__(
        self, directory: Path | None, maximum_messages: int, maximum_bytes: int, log: Log
    ) -> None:
        self._log = log
        self._cursors: list[SinkCursor] = []
        self._condition = threading.Condition()  # guards what follows, and forwarding
        self._entries: deque[_Entry] = deque()
        self._batch: list[_Entry] = []
        self._busy_since: float | None = None
        self._is_stopping = False
        self._reported_at = float("-inf")
        self.open_windows: tuple[WindowRecord, ...] = ()  # when the service last stopped
        self._store: RecoveringStore | None = None
        if directory is not None:
            self._store = RecoveringStore(
                directory, maximum_messages, maximum_bytes, self._attach_cursors, log
            )
            self.open_windows = tuple(self._store.windows())
            self._store.report()
            self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
            self._thread.start()

    @property
    def error(self) -> str:
        """Why messages are not stored, or ''."""
        error = self._store.error if self._store else ""
        return "the disk does not respond" if self.is_stalled else error

    @property
    def is_stalled(self) -> bool:
        """Whether the disk has not responded for a while."""
        since = self._busy_since
        return since is not None and time.monotonic() - since > _STALLED_SECONDS

    def register(self, name: str, is_persistent: bool = True) -> SinkCursor:
        """Return the cursor of a sink, at its stored position if there is one."""
        cursor = SinkCursor(name, is_persistent)
        if self._store is not None and is_persistent:
            self._store.attempt(cursor.attach)
        self._cursors = [*self._cursors, cursor]
        return cursor

    def unregister(self, cursor: SinkCursor) -> None:
        """Write a sink's position, and forward nothing more to it."""
        if self._store is not None:
            self._store.attempt(lambda store: self._write(store, []))
        with self._condition:
            self._cursors = [other for other in self._cursors if other is not cursor]

    def discard_except(self, names: Collection[str]) -> Mapping[str, int]:
        """Discard, and log, the messages stored for any other sink; return their number by sink."""
        discarded: dict[str, int] = {}

        def discard(store: Store) -> None:
            for name, acked in store.sinks().items():
                if name in names:
                    continue
                count, stored = store.count_after(acked), store.after(acked, _CHUNK)
                store.unregister(name)
                if count:
                    discarded[name] = count
                    text = loss_text(count, [known for _, known, _ in stored])
                    self._log(f"{name} removed, discarding {text}")

        if self._store is not None:
            self._store.attempt(discard)
        return discarded

    def put(self, messages: Sequence[Message], changes: WindowChanges = NO_WINDOW_CHANGES) -> None:
        """Take messages, without blocking; they are forwarded once they are stored together."""
        if not messages and not changes:
            return
        entry = _Entry(messages, changes)
        with self._condition:
            if self._store is None or self._is_stopping or len(self._entries) >= MAXIMUM_QUEUED:
                self._bypass([*self._batch, *self._entries, entry])
            else:
                self._entries.append(entry)
                self._condition.notify()

    def poll(self) -> None:
        """Let messages bypass a disk that does not respond; to be called each second."""
        if self.is_stalled:
            with self._condition:
                self._bypass([*self._batch, *self._entries])
        if self._store is None:
            self._report_if_due()

    def stop(self, timeout: float) -> None:
        """
        Write and forward the messages that were put; then forward none from the disk.

        Args:
            timeout: seconds to wait for the disk.
        """
        with self._condition:
            self._is_stopping = True
            self._condition.notify()
        if self._store is not None:
            self._thread.join(timeout)
            with self._condition:
                self._bypass([*self._batch, *self._entries])

    def close(self) -> None:
        """Write the sinks' positions, log what is undelivered or lost, and close the file."""
        for cursor in self._cursors:
            for text in loss_lines(*cursor.close()):
                self._log(f"{cursor.name}: not stored and possibly not delivered: {text}")
        self._report()
        if self._store is None or self._thread.is_alive():
            return

        def finish(store: Store) -> None:
            self._write(store, [])
            for cursor in self._cursors:
                stored = store.count_after(cursor.acked) if cursor.is_persistent else 0
                if stored:
                    self._log(f"{cursor.name}: {stored} messages stored for the next start")

        self._store.attempt(finish)
        self._store.close()

    def _bypass(self, entries: Iterable[_Entry]) -> None:
        """Forward messages that are not stored, or not yet; the caller holds the lock."""
        for entry in entries:
            if not entry.is_forwarded:
                entry.is_forwarded = True
                for message in entry.messages:
                    for cursor in self._cursors:
                        cursor.bypass(message)

    def _run(self) -> None:
        while self._run_once():
            pass

    def _run_once(self) -> bool:
        """Write and forward a batch, then forward to backlogged sinks; return whether to go on."""
        assert self._store is not None
        with self._condition:
            if not self._entries and not self._is_stopping:
                self._condition.wait(_INTERVAL)
            # Messages that bypassed the disk are not written, so that they are not sent again.
            size = min(len(self._entries), _MAXIMUM_BATCH)
            self._batch = [self._entries.popleft() for _ in range(size)]
            batch = [entry for entry in self._batch if not entry.is_forwarded or entry.changes]
            fresh = [() if entry.is_forwarded else entry.messages for entry in batch]
            self._busy_since = time.monotonic()
        try:
            sequences = self._store.attempt(lambda store: self._write(store, batch, fresh))
            self._forward(batch, fresh, sequences)
            if not self._is_stopping:
                self._store.attempt(self._catch_up)
            self._report_if_due()
            self._store.report()
        except Exception as error:  # noqa: BLE001 - the thread must survive any error
            self._log(f"{self._store.name}: {type(error).__name__}: {error}")
        with self._condition:
            self._bypass(self._batch)
            self._batch = []
            self._busy_since = None
            return bool(self._entries) or not self._is_stopping

    def _write(
        self, store: Store, batch: Sequence[_Entry], fresh: Sequence[Sequence[Message]] = ()
    ) -> list[int]:
        assert self._store is not None
        records = [_record(message) for messages in fresh for message in messages]
        kept = [(s.scan_id, encode_window(s)) for entry in batch for s in entry.changes.kept]
        gone = [scan_id for entry in batch for scan_id in entry.changes.gone]
        acked = {
            cursor.name: cursor.acked for cursor in self._cursors if cursor.acked > cursor.saved
        }
        if not (records or kept or gone or acked):
            return []
        sequences = store.write(records, acked, kept, gone)
        self._store.mark_healthy()
        for cursor in self._cursors:
            cursor.saved = acked.get(cursor.name, cursor.saved)
        return sequences

    def _forward(
        self,
        batch: Sequence[_Entry],
        fresh: Sequence[Sequence[Message]],
        sequences: Sequence[int] | None,
    ) -> None:
        """Forward a batch, by its sequence numbers; those that bypassed the disk come again."""
        assigned = iter(sequences or ())
        for entry, messages in zip(batch, fresh, strict=True):
            with self._condition:
                if sequences is None:
                    self._bypass([entry])
                    continue
                for message in messages:
                    sequence = next(assigned)
                    for cursor in self._cursors:
                        _forward_to(cursor, message, sequence, entry.is_forwarded)
                entry.is_forwarded = True

    def _catch_up(self, store: Store) -> None:
        """Forward stored messages to backlogged sinks, as far as their queues have capacity."""
        for cursor in self._cursors:
            while cursor.is_backlogged and cursor.has_capacity:
                stored = store.after(cursor.forwarded, _CHUNK)
                cursor.is_backlogged = bool(stored)
                for sequence, name, body in stored:
                    try:
                        taken = cursor.forward(decode(body), sequence)
                    except CodecError as error:
                        cursor.skip(sequence)
                        cursor.record_loss(name)
                        self._log(f"{cursor.name}: lost {name}: unreadable record: {error}")
                        continue
                    if not taken:
                        return

    def _report_if_due(self) -> None:
        is_due = any(cursor.is_report_due for cursor in self._cursors)
        if is_due or time.monotonic() - self._reported_at > _REPORT_SECONDS:
            self._report()

    def _report(self) -> None:
        """Log the messages that sinks have lost since the last report."""
        for cursor in self._cursors:
            for text in loss_lines(*cursor.take_unreported()):
                self._reported_at = time.monotonic()
                self._log(f"{cursor.name}: lost {text}")

    def _attach_cursors(self, store: Store) -> None:
        for cursor in self._cursors:
            if cursor.is_persistent:
                cursor.attach(store)


def _record(message: Message) -> Record:
    return Record(message_name(message), encode(message), Priority.of(message))


def _forward_to(cursor: SinkCursor, message: Message, sequence: int, was_forwarded: bool) -> None:
    """
    Forward a message to one sink, or leave it to the disk, or count it as lost.

    Args:
        cursor: of the sink.
        message: to be delivered.
        sequence: its number in the store; 0 if the store was full.
        was_forwarded: whether it bypassed the disk while it was being written.
    """
    if cursor.is_persistent and sequence:
        if (
            was_forwarded
            or cursor.is_backlogged
            or not cursor.has_capacity
            or not cursor.forward(message, sequence)
        ):
            cursor.is_backlogged = True
    elif not was_forwarded:
        if cursor.is_backlogged or not cursor.has_capacity:  # both store and queue are full
            cursor.record_loss(message_name(message))
        else:
            cursor.bypass(message)
