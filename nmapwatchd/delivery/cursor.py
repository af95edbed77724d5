"""Forward spooled messages to one sink; track its position."""

import threading
from collections import deque
from typing import Protocol

from nmapwatchd.core.alert import Message
from nmapwatchd.delivery.loss_report import MAXIMUM_UNREPORTED
from nmapwatchd.delivery.store import Store
from nmapwatchd.formats.identity import message_name

# Messages queued for one sink in memory, at most; the others wait on disk. A worker's queue is
# larger: the rest of it is for messages that could not be stored, and bypass the disk.
MAXIMUM_AHEAD = 3072


class MessageQueue(Protocol):
    """Takes messages for one sink; its owner reports each to the cursor, in order, when done."""

    @property
    def queued(self) -> int:
        """Messages taken and not yet delivered."""

    def put(self, message: Message) -> bool:
        """Take a message without blocking; return whether there was capacity."""


class SinkCursor:
    """
    Position of one sink in the sequence of messages.

    Args:
        name: of the sink, also in the store.
        is_persistent: whether the store keeps messages for this sink.
    """

    def __init__(self, name: str, is_persistent: bool = True) -> None:
        self.name, self.is_persistent = name, is_persistent
        self.acked = 0  # the last sequence number that was delivered
        self.saved = 0  # the last `acked` that the store has
        self.forwarded = 0  # the last sequence number that was put into the queue
        self.is_backlogged = False  # whether the store has messages that were not forwarded
        self.lost = 0  # without those that the worker lost
        self._unreported_names: list[str] = []  # at most MAXIMUM_UNREPORTED
        self._unreported = 0
        self._in_flight: deque[tuple[int, Message]] = deque()
        self._lock = threading.Lock()
        self._queue: MessageQueue | None = None

    def attach(self, store: Store) -> None:
        """Continue at the sink's stored position; a new sink receives later messages only."""
        position = store.sinks().get(self.name)
        if position is None:
            position = store.last_sequence
            if self.is_backlogged:  # the file with its messages is gone
                self.record_loss("unknown", store.last_sequence - self.forwarded)
            store.register(self.name, position)
        self.saved = position
        self.acked, self.forwarded = max(self.acked, position), max(self.forwarded, position)
        self.is_backlogged = store.count_after(self.forwarded) > 0

    def connect(self, queue: MessageQueue) -> None:
        """Forward messages to this queue from now on."""
        self._queue = queue

    def disconnect(self) -> None:
        """Stop forwarding; stored messages stay on disk."""
        self._queue = None

    @property
    def has_capacity(self) -> bool:
        """Whether messages from the disk should be forwarded."""
        return self._queue is not None and self._queue.queued < MAXIMUM_AHEAD

    def forward(self, message: Message, sequence: int = 0) -> bool:
        """
        Put a message into the queue; return whether it was taken.

        Args:
            message: to be delivered.
            sequence: its number in the store, or 0 if it is not stored.
        """
        if self._queue is None:
            return False
        with self._lock:  # the message may be delivered before `put` returns
            self._in_flight.append((sequence, message))
            if not self._queue.put(message):
                self._in_flight.pop()
                return False
            self.forwarded = max(self.forwarded, sequence)
        return True

    def bypass(self, message: Message) -> None:
        """Forward a message that is not stored; if the queue is full, it is lost and reported."""
        if not self.forward(message) and self._queue is not None:
            self._report_later(message_name(message))  # the worker has counted it

    def on_delivered(self, _message: Message) -> None:
        """Acknowledge the message that was forwarded first."""
        with self._lock:
            if self._in_flight:  # empty after `close`, if the worker ended too late
                self.acked = max(self.acked, self._in_flight.popleft()[0])

    def skip(self, sequence: int) -> None:
        """Acknowledge a stored message that cannot be read."""
        with self._lock:
            self.forwarded = max(self.forwarded, sequence)
            if not self._in_flight:
                self.acked = max(self.acked, sequence)

    def record_loss(self, name: str, count: int = 1) -> None:
        """Count messages that this sink will not receive, to be reported under a name."""
        self.lost += count
        self._report_later(name, count)

    def _report_later(self, name: str, count: int = 1) -> None:
        self._unreported += count
        if len(self._unreported_names) < MAXIMUM_UNREPORTED:
            self._unreported_names.append(name)

    @property
    def is_report_due(self) -> bool:
        """Whether so much was lost that more names would soon be discarded."""
        return len(self._unreported_names) > MAXIMUM_UNREPORTED // 2

    def take_unreported(self) -> tuple[int, list[str]]:
        """Return the number of messages lost since the last call, and their names."""
        count, names = self._unreported, self._unreported_names
        self._unreported, self._unreported_names = 0, []
        return count, names

    def close(self) -> tuple[int, list[str]]:
        """Return the number of messages neither stored nor delivered, and their names."""
        with self._lock:
            names = [message_name(message) for sequence, message in self._in_flight if not sequence]
            self._in_flight.clear()
        return len(names), names
