"""An outlet drives one sink, in a thread of its own, so that it delays nobody."""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from nmapwatchd.core.alert import Message
from nmapwatchd.formats.ecs import event_id
from nmapwatchd.formats.escape import printable
from nmapwatchd.sinks.sink import ConfirmingSink, Sink, SinkError

Say = Callable[[str], None]
Done = Callable[[Message], None]

# Messages that wait for one sink. An alert takes some 3 kB, 10 at most: 40 MB for a sink that is
# away while thousands of scanners come.
MAXIMUM_WAITING = 4096
# Seconds between attempts: at once for a collector that was restarted, and no more than a
# twentieth of a watchdog's patience later for one that is away.
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 10.0
# Seconds of quiet after which a sink is asked whether what it was sent was read, and the longest
# that a message waits for that. In the meantime the other side had the time to work it off, and a
# connection is not made anew for each message of a burst.
_QUIET = 5.0
_LONGEST_UNSURE = 60.0
# Messages sent that may not have been read; they are sent again over the next connection.
_MAXIMUM_UNSURE = 1024
# Attempts that may fail before it is worth a sentence; the first finds that a connection is gone.
_UNREMARKABLE = 1


def _ignore(_message: Message) -> None:
    """Tell nobody what became of a message."""


@dataclass(frozen=True, slots=True)
class _Unsure:
    """A message that was sent, and perhaps not read; or given up, and not told before those."""

    at: float
    message: Message
    given_up: bool


@dataclass(frozen=True, slots=True)
class SinkStatus:
    """How one sink takes what it is told."""

    sink: str
    waiting: int
    lost: int
    is_faulty: bool


class DeliveryWorker:
    """
    A bounded queue before one sink, and the thread that empties it.

    A message is held until the sink has taken it. When the queue is full the newest message is
    lost: what came first says who began, and a flood that follows cannot push it out.

    Args:
        sink: who is told.
        say: takes a sentence for the operator when delivery fails, works again, or messages begin
            or cease to be lost; called from any thread.
        done: takes each message that the other side has, as far as can be known, or that was given
            up, in order, from the outlet's thread.
        maximum: messages that may wait.
    """

    def __init__(
        self,
        sink: Sink,
        say: Say,
        done: Done = _ignore,
        maximum: int = MAXIMUM_WAITING,
    ) -> None:
        self._sink, self._say, self._done = sink, say, done
        self._maximum = maximum
        # Bounded by `put`, not by itself, so that the end always finds room.
        self._queue: queue.Queue[Message | None] = queue.Queue()
        self._unsure: deque[_Unsure] = deque()
        self._resent_at = float("-inf")
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
        while (message := self._next()) is not None:
            self._held_since = time.monotonic()
            try:
                if not self._persist(partial(self._sink.send, message)):
                    break
                self.delivered += 1
                self._sent(message)
            except Exception as error:  # noqa: BLE001 - a fault of ours in one message, not in all
                self._give_up(message, f"{type(error).__name__}: {error}")
                self._sent(message, given_up=True)
            self._held_since = None
        else:
            self._confirm()
        self._sink.close()

    def _next(self) -> Message | None:
        """Return the next message; find out what became of those before it while there is none."""
        while True:
            try:
                return self._queue.get(timeout=_QUIET if self._unsure else None)
            except queue.Empty:
                self._confirm()

    def _sent(self, message: Message, given_up: bool = False) -> None:
        if not isinstance(self._sink, ConfirmingSink):
            self._finish([message])
            return
        now = time.monotonic()
        self._unsure.append(_Unsure(now, message, given_up))
        waited = now - self._unsure[0].at
        if len(self._unsure) >= _MAXIMUM_UNSURE or waited >= _LONGEST_UNSURE:
            self._confirm()

    def _confirm(self) -> None:
        """Find out whether everything was read; what was not is sent again."""
        sink = self._sink
        if not self._unsure or not isinstance(sink, ConfirmingSink):
            return
        asked = False

        def ask() -> None:
            nonlocal asked
            # What was only just sent again is given its time, too.
            if self._closing.is_set() or time.monotonic() - self._resent_at >= _QUIET:
                sink.confirm()
                asked = True

        if self._persist(ask) and asked:
            read = [unsure.message for unsure in self._unsure]
            self._unsure.clear()
            self._finish(read)
            self._opened = False
            if not self._closing.is_set():
                self._open_again()

    def _open_again(self) -> None:
        """Be ready for the next message; where nobody is there, it will say so."""
        try:
            self._sink.open()
            self._opened = True
        except SinkError:
            self._sink.close()

    def _finish(self, messages: list[Message]) -> None:
        for message in messages:
            try:
                self._done(message)
            except Exception as error:  # noqa: BLE001 - a fault of ours in one message, not in all
                self._say(f"{self.name}: {printable(f'{type(error).__name__}: {error}')}")

    def _give_up(self, message: Message, fault: str) -> None:
        """Lose a message, for trying again would fail in the same way."""
        self._opened = False
        self._sink.close()
        with self._lock:
            self.lost += 1
            self._abandoned += 1
        name = f"{message.action} {printable(event_id(message))}"
        self._say(f"{self.name}: {name} is lost: {printable(fault)}")

    def _persist(self, work: Callable[[], None]) -> bool:
        """Try until it is done; tell whether it was in time."""
        pause, failures, began = _FIRST_PAUSE, 0, time.monotonic()
        while True:
            try:
                self._attempt(work)
            except SinkError as error:
                failures += 1
                self.fault = str(error)
                self._opened = False
                self._sink.close()
            else:
                if failures > _UNREMARKABLE:
                    self._say(f"{self.name}: delivers again after {time.monotonic() - began:.0f} s")
                self.fault = ""
                return True
            if failures == _UNREMARKABLE + 1:
                self._say(f"{self.fault}; not delivered, tries again")
            if self._closing.is_set() and time.monotonic() >= self._deadline:
                return False
            self._pause(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _attempt(self, work: Callable[[], None]) -> None:
        self._attempt_since = time.monotonic()
        try:
            if not self._opened:
                self._sink.open()
                self._send_again()
                self._opened = True
            work()
        finally:
            self._attempt_since = None

    def _send_again(self) -> None:
        for unsure in self._unsure:
            if not unsure.given_up:
                self._resent_at = time.monotonic()
                self._sink.send(unsure.message)

    def _pause(self, seconds: float) -> None:
        """Wait, but not past the deadline; a close wakes us to try once more."""
        if self._closing.is_set():
            time.sleep(max(0.0, min(seconds, self._deadline - time.monotonic())))
        else:
            self._closing.wait(seconds)
