"""Deliver messages to one sink in its own thread, so that it delays no other."""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from nmapwatchd.core.alert import Message
from nmapwatchd.delivery.priority import Priority
from nmapwatchd.formats.escape import printable
from nmapwatchd.formats.identity import message_name
from nmapwatchd.sinks.sink import ConfirmingSink, Sink, SinkError

Log = Callable[[str], None]
OnDelivered = Callable[[Message], None]

# Messages queued for one sink, at most. An alert takes about 3 kB, at most 10: 40 MB for a sink
# that is down while thousands of scanners appear.
MAXIMUM_QUEUED = 4096
# Divisors of the maximum for the parts of the queue that messages of a priority leave to higher
# ones: the first part is above what is forwarded from the disk (cursor.MAXIMUM_AHEAD).
_LEFT_FREE = {Priority.UNPROVEN: 8, Priority.PROVEN: 16}
# Seconds between attempts: soon for a collector that was restarted, and later for one that is down
# at most a twentieth of a watchdog's timeout.
_INITIAL_BACKOFF = 0.1
_MAXIMUM_BACKOFF = 10.0
# Seconds without a message after which a sink is asked whether it has read everything, and the
# longest that a message waits for that. Meanwhile the destination had time to process it, and a
# burst does not cause a new connection per message.
_CONFIRM_AFTER = 5.0
_MAXIMUM_UNCONFIRMED_SECONDS = 60.0
# Messages sent that may not have been read; they are sent again over the next connection.
_MAXIMUM_UNCONFIRMED = 1024
# Failed attempts that are not logged; the first detects that a connection is gone.
_UNREPORTED_FAILURES = 1
# Seconds of one attempt after which the sink counts as failing: twice its longest timeout.
_STALLED_SECONDS = 60.0


def _ignore(_message: Message) -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class _Unconfirmed:
    """A message that was sent, and perhaps not read; or discarded, and to be reported in order."""

    sent_at: float
    message: Message
    is_discarded: bool


@dataclass(frozen=True, slots=True)
class SinkStatus:
    """
    Delivery status of one sink.

    Args:
        sink: its display name.
        queued: messages in memory that it has not taken.
        lost: messages that it will not receive.
        is_failing: whether delivery fails at present.
    """

    sink: str
    queued: int
    lost: int
    is_failing: bool


class DeliveryWorker:
    """
    A bounded queue for one sink, and the thread that empties it.

    A message is kept until the sink has taken it. If the queue is full, the newest message is lost:
    the first ones identify the scanner, and a flood that follows cannot displace them. The queue is
    full for a message once only the part that is left to higher priorities is free.

    Args:
        sink: the destination.
        log: receives a text for the operator when delivery fails or works again, or messages are
            dropped; called from any thread.
        on_delivered: called with each message that the destination has, as far as can be known, or
            that was discarded, in order, from the worker's thread.
        maximum: messages queued at most.
        error: why the sink is known not to be available at first, or ''.
    """

    def __init__(
        self,
        sink: Sink,
        log: Log,
        on_delivered: OnDelivered = _ignore,
        maximum: int = MAXIMUM_QUEUED,
        error: str = "",
    ) -> None:
        self._sink, self._log, self._on_delivered = sink, log, on_delivered
        self._maximum = maximum
        # Bounded by `put`, not by itself, so that the end marker always fits.
        self._queue: queue.Queue[Message | None] = queue.Queue()
        self._unconfirmed: deque[_Unconfirmed] = deque()
        self._resent_at = float("-inf")
        self._lock = threading.Lock()
        self._shutdown = threading.Event()
        self._deadline = 0.0
        self._is_sending = False
        self._attempt_since: float | None = None
        self._lost_before_overflow: int | None = None  # None while there is no overflow
        self._is_open = False
        self._accepted = 0
        self._discarded = 0  # accepted, but lost
        self._last_error = error
        self.delivered = 0
        self.lost = 0
        # A daemon, since a sink that never returns must not keep the program running.
        self._thread = threading.Thread(target=self._run, name=sink.name, daemon=True)
        self._thread.start()

    @property
    def name(self) -> str:
        """Display name of the sink."""
        return self._sink.name

    @property
    def queued(self) -> int:
        """Messages that the sink has not taken yet."""
        return max(0, self._accepted - self.delivered - self._discarded)

    @property
    def error(self) -> str:
        """Why the sink does not take the current message, or ''."""
        since = self._attempt_since
        elapsed = 0.0 if since is None else time.monotonic() - since
        if elapsed > _STALLED_SECONDS:
            return f"{self.name}: no response for {elapsed:.0f} s"
        return self._last_error

    def put(self, message: Message) -> bool:
        """Take a message without blocking; return whether there was capacity."""
        text = ""
        with self._lock:
            queued = self._queue.qsize()
            divisor = _LEFT_FREE.get(Priority.of(message))
            maximum = self._maximum - (self._maximum // divisor if divisor else 0)
            has_capacity = queued < maximum and not self._shutdown.is_set()
            if has_capacity:
                self._accepted += 1
                self._queue.put_nowait(message)
                # At half the maximum, so that a slow sink does not alternate between the two.
                if self._lost_before_overflow is not None and queued <= self._maximum // 2:
                    dropped = self.lost - self._lost_before_overflow
                    text = f"{self.name}: queue has capacity again, dropped {dropped} messages"
                    self._lost_before_overflow = None
            else:
                if self._lost_before_overflow is None:
                    self._lost_before_overflow = self.lost
                    text = f"{self.name}: queue full ({queued}), dropping messages"
                self.lost += 1
        if text:
            self._log(text)
        return has_capacity

    def close(self, timeout: float) -> int:
        """
        Deliver the queued messages and close the sink.

        Args:
            timeout: seconds, at most.

        Returns:
            The number of messages that were not delivered; they count as lost.
        """
        with self._lock:
            self._deadline = time.monotonic() + timeout
            self._shutdown.set()
            self._queue.put_nowait(None)
        self._thread.join(timeout + _INITIAL_BACKOFF)
        with self._lock:
            undelivered = self._empty_queue()
            self.lost += undelivered
            self._discarded += undelivered
            self._queue.put_nowait(None)  # for a sink that returns after all
        if undelivered:
            self._log(f"{self.name}: {undelivered} messages not delivered before shutdown")
        return undelivered

    def _empty_queue(self) -> int:
        """Return the number of undelivered messages, the current one included."""
        count = int(self._is_sending)
        while True:
            try:
                count += self._queue.get_nowait() is not None
            except queue.Empty:
                return count

    def _run(self) -> None:
        while (message := self._next()) is not None:
            self._is_sending = True
            try:
                if not self._retry(partial(self._sink.send, message)):
                    break
                self.delivered += 1
                self._sent(message)
            except Exception as error:  # noqa: BLE001 - one message must not end the thread
                self._discard(message, f"{type(error).__name__}: {error}")
                self._sent(message, is_discarded=True)
            self._is_sending = False
        else:
            self._confirm()
        self._sink.close()

    def _next(self) -> Message | None:
        """Return the next message; confirm those before it while there is none."""
        while True:
            try:
                return self._queue.get(timeout=_CONFIRM_AFTER if self._unconfirmed else None)
            except queue.Empty:
                self._confirm()

    def _sent(self, message: Message, is_discarded: bool = False) -> None:
        if not isinstance(self._sink, ConfirmingSink):
            self._report_delivered([message])
            return
        now = time.monotonic()
        self._unconfirmed.append(_Unconfirmed(now, message, is_discarded))
        age = now - self._unconfirmed[0].sent_at
        if len(self._unconfirmed) >= _MAXIMUM_UNCONFIRMED or age >= _MAXIMUM_UNCONFIRMED_SECONDS:
            self._confirm()

    def _confirm(self) -> None:
        """Find out whether everything was read; what was not is sent again."""
        sink = self._sink
        if not self._unconfirmed or not isinstance(sink, ConfirmingSink):
            return
        is_confirmed = False

        def confirm() -> None:
            nonlocal is_confirmed
            # Messages that were sent again just now get their time, too.
            if self._shutdown.is_set() or time.monotonic() - self._resent_at >= _CONFIRM_AFTER:
                sink.confirm()
                is_confirmed = True

        if self._retry(confirm) and is_confirmed:
            read = [unconfirmed.message for unconfirmed in self._unconfirmed]
            self._unconfirmed.clear()
            self._report_delivered(read)
            self._is_open = False
            if not self._shutdown.is_set():
                self._reopen()

    def _reopen(self) -> None:
        """Prepare for the next message; if that fails, it will be reported with the message."""
        try:
            self._sink.open()
            self._is_open = True
        except SinkError:
            self._sink.close()

    def _report_delivered(self, messages: list[Message]) -> None:
        for message in messages:
            try:
                self._on_delivered(message)
            except Exception as error:  # noqa: BLE001 - one message must not end the thread
                self._log(f"{self.name}: {printable(f'{type(error).__name__}: {error}')}")

    def _discard(self, message: Message, reason: str) -> None:
        """Lose a message for which another attempt would fail in the same way."""
        self._is_open = False
        self._sink.close()
        with self._lock:
            self.lost += 1
            self._discarded += 1
        self._log(f"{self.name}: lost {message_name(message)}: {printable(reason)}")

    def _retry(self, operation: Callable[[], None]) -> bool:
        """Retry with back-off; return False if the deadline passes first."""
        delay, failures, start = _INITIAL_BACKOFF, 0, time.monotonic()
        while True:
            try:
                self._run_once(operation)
            except SinkError as error:
                failures += 1
                self._last_error = str(error)
                self._is_open = False
                self._sink.close()
            else:
                if failures > _UNREPORTED_FAILURES:
                    elapsed = time.monotonic() - start
                    self._log(f"{self.name}: delivers again after {elapsed:.0f} s")
                self._last_error = ""
                return True
            if failures == _UNREPORTED_FAILURES + 1:
                self._log(f"{self._last_error}; not delivered, retrying")
            if self._shutdown.is_set() and time.monotonic() >= self._deadline:
                return False
            self._sleep(delay)
            delay = min(2 * delay, _MAXIMUM_BACKOFF)

    def _run_once(self, operation: Callable[[], None]) -> None:
        self._attempt_since = time.monotonic()
        try:
            if not self._is_open:
                self._sink.open()
                self._resend()
                self._is_open = True
            operation()
        finally:
            self._attempt_since = None

    def _resend(self) -> None:
        for unconfirmed in self._unconfirmed:
            if not unconfirmed.is_discarded:
                self._resent_at = time.monotonic()
                self._sink.send(unconfirmed.message)

    def _sleep(self, seconds: float) -> None:
        """Wait, but not past the deadline; a shutdown ends the wait for one more attempt."""
        if self._shutdown.is_set():
            time.sleep(max(0.0, min(seconds, self._deadline - time.monotonic())))
        else:
            self._shutdown.wait(seconds)
