"""The spool keeps messages on disk from before they are sent until every sink has them."""

import threading
import time
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nmapwatchd.core.alert import Message
from nmapwatchd.core.windows.changes import NO_WINDOW_CHANGES, WindowChanges
from nmapwatchd.core.windows.record import WindowRecord
from nmapwatchd.delivery.codec import CodecError, decode, encode, encode_window
from nmapwatchd.delivery.cursor import SinkCursor
from nmapwatchd.delivery.loss_report import listed, named, sentences
from nmapwatchd.delivery.recovering_store import RecoveringStore, Say
from nmapwatchd.delivery.store import Store

# Entries that wait for the disk, at most; a flood beyond it goes past the disk.
MAXIMUM_QUEUED = 4096
# Entries that one commit writes: they share its wait for the disk.
_MAXIMUM_BATCH = 256
# Messages read from the disk at once for a sink that is behind: 1 MB or so.
_CHUNK = 256
# Seconds until the disk is told what sinks have, and sinks that are behind are handed more. What
# was delivered in the last of them before a kill is delivered a second time.
_PAUSE = 0.25
# Seconds that a disk may take for a commit; after that alerts go past it.
_WEDGED_SECONDS = 2.0
# Seconds between two reports of what a sink loses, as long as it does.
_REPORT_SECONDS = 60.0


@dataclass(slots=True)
class _Entry:
    """What is written at once: messages, and what became of windows."""

    messages: Sequence[Message]
    changes: WindowChanges
    handed: bool = False


class Spool:
    """
    Writes in a thread of its own; whatever the disk does, messages reach the sinks.

    Args:
        directory: of the file; without one nothing is kept, and messages are handed on at once.
        maximum_messages: messages that are kept.
        maximum_bytes: of those messages.
        say: takes a sentence for the operator; called from any thread.
    """

    def __init__(
        self, directory: Path | None, maximum_messages: int, maximum_bytes: int, say: Say
    ) -> None:
        self._say = say
        self._feeds: list[SinkCursor] = []
        self._lost = 0  # by no sink that is told now
        self._changed = threading.Condition()  # what follows, and who hands on
        self._entries: deque[_Entry] = deque()
        self._batch: list[_Entry] = []
        self._busy_since: float | None = None
        self._stopping = False
        self._reported_at = float("-inf")
        self.remembered: tuple[WindowRecord, ...] = ()
        self._shelf: RecoveringStore | None = None
        if directory is not None:
            self._shelf = RecoveringStore(
                directory, maximum_messages, maximum_bytes, self._attach_all, say
            )
            self.remembered = tuple(self._shelf.windows())
            self._shelf.report()
            self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
            self._thread.start()

    @property
    def fault(self) -> str:
        """Why nothing is kept, where something should be."""
        fault = self._shelf.fault if self._shelf else ""
        return "the disk does not answer" if self.is_wedged else fault

    @property
    def is_wedged(self) -> bool:
        """Whether the disk has not answered for a while."""
        since = self._busy_since
        return since is not None and time.monotonic() - since > _WEDGED_SECONDS

    @property
    def lost(self) -> int:
        """Messages that a sink did not get for the spool's bounds, a damaged file, or its end."""
        return self._lost + sum(feed.lost for feed in self._feeds)

    def feed(self, name: str, kept: bool = True) -> SinkCursor:
        """Return a sink's way through the messages, from where it was left or else from now on."""
        feed = SinkCursor(name, kept)
        if self._shelf is not None and kept:
            self._shelf.attempt(feed.attach)
        self._feeds = [*self._feeds, feed]
        return feed

    def leave(self, feed: SinkCursor) -> None:
        """Write down how far a sink has come, and hand it nothing more."""
        if self._shelf is not None:
            self._shelf.attempt(lambda store: self._write(store, []))
        with self._changed:
            self._feeds = [other for other in self._feeds if other is not feed]
            self._lost += feed.lost

    def keep_only(self, names: Collection[str]) -> None:
        """Drop what is kept for sinks that are none of these, and say how much."""

        def drop(store: Store) -> None:
            for name, acked in store.sinks().items():
                if name in names:
                    continue
                count, waiting = store.count_after(acked), store.after(acked, _CHUNK)
                store.unregister(name)
                if count:
                    self._lost += count
                    lost = listed(count, [known for _, known, _ in waiting])
                    self._say(f"{name} is told no more: what it did not have is lost: {lost}")

        if self._shelf is not None:
            self._shelf.attempt(drop)

    def put(self, messages: Sequence[Message], changes: WindowChanges = NO_WINDOW_CHANGES) -> None:
        """Take messages that belong together, at once; they are handed on when they are kept."""
        if not messages and not changes:
            return
        entry = _Entry(messages, changes)
        with self._changed:
            if self._shelf is None or self._stopping or len(self._entries) >= MAXIMUM_QUEUED:
                self._hand_past([*self._batch, *self._entries, entry])
            else:
                self._entries.append(entry)
                self._changed.notify()

    def look(self) -> None:
        """Let messages past a disk that does not answer; to be called each second."""
        if self.is_wedged:
            with self._changed:
                self._hand_past([*self._batch, *self._entries])
        if self._shelf is None:
            self._report_in_time()

    def stop(self, timeout: float) -> None:
        """Write and hand on what was put, within so many seconds; after that hand on nothing."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._shelf is not None:
            self._thread.join(timeout)
            with self._changed:
                self._hand_past([*self._batch, *self._entries])

    def close(self) -> None:
        """Write down how far the sinks have come, say what waits and what is lost, and end."""
        for feed in self._feeds:
            for text in sentences(*feed.end()):
                self._say(f"{feed.name}: kept nowhere and perhaps not delivered: {text}")
        self._report()
        if self._shelf is None or self._thread.is_alive():
            return

        def end(store: Store) -> None:
            self._write(store, [])
            for feed in self._feeds:
                waiting = store.count_after(feed.acked) if feed.kept else 0
                if waiting:
                    self._say(f"{feed.name}: {waiting} messages wait on disk for the next start")

        self._shelf.attempt(end)
        self._shelf.close()

    def _hand_past(self, entries: Iterable[_Entry]) -> None:
        """Hand on what is not kept, or not yet; to be called by who holds the lock."""
        for entry in entries:
            if not entry.handed:
                entry.handed = True
                for message in entry.messages:
                    for feed in self._feeds:
                        feed.bypass(message)

    def _run(self) -> None:
        while self._turn():
            pass

    def _turn(self) -> bool:
        """Write what was put, hand it on, and see to sinks that are behind."""
        assert self._shelf is not None
        with self._changed:
            if not self._entries and not self._stopping:
                self._changed.wait(_PAUSE)
            # What went past the disk already is not written, so that it is not said again.
            size = min(len(self._entries), _MAXIMUM_BATCH)
            self._batch = [self._entries.popleft() for _ in range(size)]
            batch = [entry for entry in self._batch if not entry.handed or entry.changes]
            fresh = [() if entry.handed else entry.messages for entry in batch]
            self._busy_since = time.monotonic()
        try:
            numbers = self._shelf.attempt(lambda store: self._write(store, batch, fresh))
            self._hand(batch, fresh, numbers)
            if not self._stopping:
                self._shelf.attempt(self._catch_up)
            self._report_in_time()
            self._shelf.report()
        except Exception as error:  # noqa: BLE001 - whatever it is
            self._say(f"{self._shelf.name}: {type(error).__name__}: {error}")
        with self._changed:
            self._hand_past(self._batch)
            self._batch = []
            self._busy_since = None
            return bool(self._entries) or not self._stopping

    def _write(
        self, store: Store, batch: Sequence[_Entry], fresh: Sequence[Sequence[Message]] = ()
    ) -> list[int]:
        assert self._shelf is not None
        messages = [(named(message), encode(message)) for some in fresh for message in some]
        kept = [(s.scan_id, encode_window(s)) for entry in batch for s in entry.changes.kept]
        gone = [event_id for entry in batch for event_id in entry.changes.gone]
        come = {feed.name: feed.acked for feed in self._feeds if feed.acked > feed.saved}
        if not (messages or kept or gone or come):
            return []
        numbers = store.write(messages, come, kept, gone)
        self._shelf.well()
        for feed in self._feeds:
            feed.saved = come.get(feed.name, feed.saved)
        return numbers

    def _hand(
        self,
        batch: Sequence[_Entry],
        fresh: Sequence[Sequence[Message]],
        numbers: Sequence[int] | None,
    ) -> None:
        """Hand on what was written, under its number; what went past meanwhile comes again."""
        given = iter(numbers or ())
        for entry, messages in zip(batch, fresh, strict=True):
            with self._changed:
                if numbers is None:
                    self._hand_past([entry])
                    continue
                for message in messages:
                    number = next(given)
                    for feed in self._feeds:
                        self._give(feed, message, number, entry.handed)
                entry.handed = True

    def _give(self, feed: SinkCursor, message: Message, number: int, handed: bool) -> None:
        if feed.kept and number:
            if handed or feed.behind or not feed.has_room or not feed.hand(message, number):
                feed.behind = True
        elif not handed:
            if feed.behind or not feed.has_room:  # the spool is full, and so is what it has ahead
                feed.lose(named(message))
            else:
                feed.bypass(message)

    def _catch_up(self, store: Store) -> None:
        for feed in self._feeds:
            while feed.behind and feed.has_room:
                found = store.after(feed.handed, _CHUNK)
                feed.behind = bool(found)
                for number, name, body in found:
                    try:
                        taken = feed.hand(decode(body), number)
                    except CodecError as error:
                        feed.shed(number)
                        feed.lose(name)
                        self._say(f"{feed.name}: {name} is lost: what was kept of it: {error}")
                        continue
                    if not taken:
                        return

    def _report_in_time(self) -> None:
        soon = any(feed.has_much_to_say for feed in self._feeds)
        if soon or time.monotonic() - self._reported_at > _REPORT_SECONDS:
            self._report()

    def _report(self) -> None:
        """Say what sinks have lost since the last report."""
        for feed in self._feeds:
            for lost in sentences(*feed.take_lost()):
                self._reported_at = time.monotonic()
                self._say(f"{feed.name}: lost {lost}")

    def _attach_all(self, store: Store) -> None:
        for feed in self._feeds:
            if feed.kept:
                feed.attach(store)
