"""An outlet drives one sink, in a thread of its own, so that it delays nobody."""

import queue
import threading
import time
from collections.abc import Callable

from nmapwatchd.core.alert import Message
from nmapwatchd.sinks.escape import printable
from nmapwatchd.sinks.sink import Sink, SinkError

Say = Callable[[str], None]
Delivered = Callable[[Message], None]

# Messages that wait for one sink. An alert takes some 3 kB, 10 at most: 40 MB for a sink that is
# away while thousands of scanners come.
MAXIMUM_WAITING = 4096
# Seconds between attempts: at once for a collector that was restarted, and no more than a
# twentieth of a watchdog's patience later for one that is away.
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 10.0
# Attempts that may fail before it is worth a sentence; the first finds that a connection is gone.
_UNREMARKABLE = 1


def _ignore(_message: Message) -> None:
    """Tell nobody that a message was delivered."""


class Outlet:
    """
    A bounded queue before one sink, and the thread that empties it.

    A message is held until the sink has taken it. When the queue is full the newest message is
    lost: what came first says who began, and a flood that follows cannot push it out.

    Args:
        sink: who is told.
        say: takes a sentence for the operator when delivery fails, works again, or messages begin
            or cease to be lost; called from any thread.
        delivered: takes each message that the sink has taken, in order, from the outlet's thread.
        maximum: messages that may wait.
    """

    def __init__(
        self,
        sink: Sink,
        say: Say,
        delivered: Delivered = _ignore,
        maximum: int = MAXIMUM_WAITING,
    ) -> None:
        self._sink, self._say, self._tell_delivered = sink, say, delivered
        self._maximum = maximum
        # Bounded by `put`, not by itself, so that the end always finds room.
        self._queue: queue.Queue[Message | None] = queue.Queue()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._deadline = 0.0
        self._held_since: float | None = None
        self._attempt_since: float | None = None
        self._losing_since: int | None = None  # how many were lost before
        self._opened = False
        self._accepted = 0
        self._abandoned = 0  # accepted, and lost all the same
        self.delivered = 0
        self.lost = 0
        self.fault = ""  # why the sink does not take the message that is held
        # A daemon, for a sink that never returns must not keep the program.
        self._thread = threading.Thread(target=self._run, name=sink.name, daemon=True)
        self._thread.start()

    @property
    def name(self) -> str:
        """What the operator calls the sink."""
        return self._sink.name

    @property
    def waiting(self) -> int:
        """How many messages the sink has not taken yet."""
        return max(0, self._accepted - self.delivered - self._abandoned)

    @property
    def stalled_for(self) -> float:
        """For how many seconds the sink has not taken the message that is held."""
        since = self._held_since
        return 0.0 if since is None else time.monotonic() - since

    @property
    def wedged_for(self) -> float:
        """For how many seconds the sink has not come back from one attempt; faults come back."""
        since = self._attempt_since
        return 0.0 if since is None else time.monotonic() - since

    def put(self, message: Message) -> bool:
        """Take a message, at once; tell whether there was room."""
        sentence = ""
        with self._lock:
            waiting = self._queue.qsize()
            room = waiting < self._maximum and not self._closing.is_set()
            if room:
                self._accepted += 1
                self._queue.put_nowait(message)
                # Half empty, so that a sink that is merely slow does not begin and end at once.
                if self._losing_since is not None and waiting <= self._maximum // 2:
                    sentence = f"{self.name}: {self.lost - self._losing_since} messages were lost"
                    self._losing_since = None
            else:
                if self._losing_since is None:
                    self._losing_since = self.lost
                    sentence = f"{self.name}: {waiting} messages wait, the next are lost"
                self.lost += 1
        if sentence:
            self._say(sentence)
        return room

    def close(self, timeout: float) -> int:
        """
        Deliver what waits, for at most `timeout` seconds, and let go of the sink.

        Returns:
            How many messages were not delivered; they count as lost.
        """
        with self._lock:
            self._deadline = time.monotonic() + timeout
            self._closing.set()
            self._queue.put_nowait(None)
        self._thread.join(timeout + _FIRST_PAUSE)
        with self._lock:
            left = self._left()
            self.lost += left
            self._abandoned += left
            self._queue.put_nowait(None)  # for a sink that comes back after all
        if left:
            self._say(f"{self.name}: {left} messages were not delivered before the end")
        return left

    def _left(self) -> int:
        left = int(self._held_since is not None)
        while True:
            try:
                left += self._queue.get_nowait() is not None
            except queue.Empty:
                return left

    def _run(self) -> None:
        while (message := self._queue.get()) is not None:
            self._held_since = time.monotonic()
            try:
                if not self._deliver(message):
                    break
                self.delivered += 1
                self._tell_delivered(message)
            except Exception as error:  # noqa: BLE001 - a fault of ours in one message, not in all
                self._give_up(f"{type(error).__name__}: {error}")
            self._held_since = None
        self._sink.close()

    def _give_up(self, fault: str) -> None:
        """Lose the message that is held, for trying again would fail in the same way."""
        self._opened = False
        self._sink.close()
        with self._lock:
            self.lost += 1
            self._abandoned += 1
        self._say(f"{self.name}: a message was lost: {printable(fault)}")

    def _deliver(self, message: Message) -> bool:
        """Try until the sink has it; tell whether it was in time."""
        pause, failures = _FIRST_PAUSE, 0
        while True:
            try:
                self._attempt(message)
            except SinkError as error:
                failures += 1
                self.fault = str(error)
                self._opened = False
                self._sink.close()
            else:
                if failures > _UNREMARKABLE:
                    self._say(f"{self.name}: delivers again after {self.stalled_for:.0f} s")
                self.fault = ""
                return True
            if failures == _UNREMARKABLE + 1:
                self._say(f"{self.fault}; not delivered, tries again")
            if self._closing.is_set() and time.monotonic() >= self._deadline:
                return False
            self._pause(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _attempt(self, message: Message) -> None:
        self._attempt_since = time.monotonic()
        try:
            if not self._opened:
                self._sink.open()
                self._opened = True
            self._sink.send(message)
        finally:
            self._attempt_since = None

    def _pause(self, seconds: float) -> None:
        """Wait, but not past the deadline; a close wakes us to try once more."""
        if self._closing.is_set():
            time.sleep(max(0.0, min(seconds, self._deadline - time.monotonic())))
        else:
            self._closing.wait(seconds)
