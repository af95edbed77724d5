"""A feed hands the spool's messages to one sink's outlet, and knows how far the sink has come."""

import threading
from collections import deque
from typing import Protocol

from nmapwatchd.core.alert import Message
from nmapwatchd.delivery.loss_report import MAXIMUM_UNSAID, named
from nmapwatchd.delivery.store import Store

# Messages that wait for one sink in memory, at most; the rest waits on disk. An outlet has room for
# more: that is for what could not be written down, and goes past the disk.
MAXIMUM_AHEAD = 3072


class DeliveryWorker(Protocol):
    """Takes messages for one sink, and tells the feed, in order, when it is done with each."""

    @property
    def waiting(self) -> int:
        """How many messages it has taken and not delivered."""

    def put(self, message: Message) -> bool:
        """Take a message, at once; tell whether there was room."""


class SinkCursor:
    """
    One sink's way through the messages.

    Args:
        name: of the sink, in the store as well.
        kept: whether the store keeps for it what it does not have.
    """

    def __init__(self, name: str, kept: bool = True) -> None:
        self.name, self.kept = name, kept
        self.acked = 0  # delivered, up to this number
        self.saved = 0  # and the store knows
        self.handed = 0  # with the outlet, or delivered
        self.behind = False  # whether the store holds messages that were not handed
        self.lost = 0  # beside what the outlet lost
        self._unsaid: list[str] = []  # names of what was lost, as many as are said
        self._unsaid_lost = 0
        self._flight: deque[tuple[int, Message]] = deque()
        self._lock = threading.Lock()
        self._outlet: DeliveryWorker | None = None

    def attach(self, store: Store) -> None:
        """Go on where the sink was left; one that is new gets what comes from now on."""
        known = store.sinks().get(self.name)
        if known is None:
            known = store.last
            if self.behind:  # the file that it was behind in is gone
                self.lose("unknown", store.last - self.handed)
            store.register(self.name, known)
        self.saved = known
        self.acked, self.handed = max(self.acked, known), max(self.handed, known)
        self.behind = store.count_after(self.handed) > 0

    def connect(self, outlet: DeliveryWorker) -> None:
        """Hand messages to this outlet from now on."""
        self._outlet = outlet

    def disconnect(self) -> None:
        """Hand on nothing more; what is kept stays on disk."""
        self._outlet = None

    @property
    def has_room(self) -> bool:
        """Whether the outlet should be handed more from the disk."""
        return self._outlet is not None and self._outlet.waiting < MAXIMUM_AHEAD

    def hand(self, message: Message, number: int = 0) -> bool:
        """Hand a message on, under its number, or under none; tell whether it was taken."""
        if self._outlet is None:
            return False
        with self._lock:  # the outlet may be done before `put` returns
            self._flight.append((number, message))
            if not self._outlet.put(message):
                self._flight.pop()
                return False
            self.handed = max(self.handed, number)
        return True

    def bypass(self, message: Message) -> None:
        """Hand on a message that is not kept; where there is no room it is lost, and named."""
        if not self.hand(message) and self._outlet is not None:
            self._name(named(message))

    def end(self) -> tuple[int, list[str]]:
        """Return how many messages nobody keeps that the outlet did not deliver, and names."""
        with self._lock:
            names = [named(message) for number, message in self._flight if not number]
            self._flight.clear()
        return len(names), names

    def done(self, _message: Message) -> None:
        """Take note that the outlet is done with the message that it was handed first."""
        with self._lock:
            if self._flight:  # an outlet that ended too late has nothing in flight any more
                self.acked = max(self.acked, self._flight.popleft()[0])

    def shed(self, number: int) -> None:
        """Leave out a message that cannot be read."""
        with self._lock:
            self.handed = max(self.handed, number)
            if not self._flight:
                self.acked = max(self.acked, number)

    def lose(self, name: str, count: int = 1) -> None:
        """Count messages that this sink will not get."""
        self.lost += count
        self._name(name, count)

    def _name(self, name: str, count: int = 1) -> None:
        self._unsaid_lost += count
        if len(self._unsaid) < MAXIMUM_UNSAID:
            self._unsaid.append(name)

    @property
    def has_much_to_say(self) -> bool:
        """Whether so much was lost that soon there is no room for the names."""
        return len(self._unsaid) > MAXIMUM_UNSAID // 2

    def take_lost(self) -> tuple[int, list[str]]:
        """Return how many messages were lost since it was asked last, and names of them."""
        count, names = self._unsaid_lost, self._unsaid
        self._unsaid_lost, self._unsaid = 0, []
        return count, names
