"""Spools for tests, and queues that report a delivery when the test asks for it."""

import re
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from nmapwatchd.core.alert import Alert, Message
from nmapwatchd.delivery.cursor import SinkCursor
from nmapwatchd.delivery.spool import Spool
from nmapwatchd.delivery.store import FILE
from nmapwatchd.formats.identity import message_name
from tests.formats.messages import OPENED
from tests.sinks.collector import wait_until

MEBIBYTE = 1 << 20
HEXADECIMAL = re.compile("[0-9a-f]+")


def alert(number: int) -> Alert:
    """Return an alert that differs from all others."""
    return replace(OPENED, scan_id=f"{number:032x}")


def alert_name(number: int) -> str:
    """Return how logs refer to the alert of a number."""
    return message_name(alert(number))


@dataclass(slots=True)
class FakeQueue:
    """A worker's queue that takes everything, and delivers when asked to."""

    cursor: SinkCursor
    delivers: bool = True
    received: list[Message] = field(default_factory=list)
    undelivered: deque[Message] = field(default_factory=deque)

    @property
    def queued(self) -> int:
        return len(self.undelivered)

    @property
    def ids(self) -> list[int]:
        """The numbers of the alerts received; those that a damaged file changed are left out."""
        found = (m.scan_id for m in self.received if isinstance(m, Alert))
        return [int(id_, 16) for id_ in found if HEXADECIMAL.fullmatch(id_)]

    def put(self, message: Message) -> bool:
        self.received.append(message)
        self.undelivered.append(message)
        return True

    def deliver(self) -> None:
        """Deliver everything."""
        while self.undelivered:
            self.cursor.on_delivered(self.undelivered.popleft())

    def expect(self, *numbers: int) -> None:
        """Wait for these alerts, and deliver them unless this queue never does."""
        wait_until(lambda: len(self.ids) >= len(numbers))
        assert self.ids == list(numbers)
        if self.delivers:
            self.deliver()


class ImmediateQueue(FakeQueue):
    """A queue that delivers immediately, from another thread."""

    def put(self, message: object) -> bool:
        self.received.append(message)  # type: ignore[arg-type]
        threading.Thread(target=self.cursor.on_delivered, args=[message]).start()
        return True


class SmallQueue(FakeQueue):
    """A queue with capacity for three messages."""

    def put(self, message: Message) -> bool:
        return len(self.undelivered) < 3 and FakeQueue.put(self, message)


def connect(
    spool: Spool, name: str, delivers: bool = True, kind: type[FakeQueue] = FakeQueue
) -> FakeQueue:
    """Return a queue that is connected to the spool under a name."""
    queue = kind(spool.register(name), delivers)
    queue.cursor.connect(queue)
    return queue


def start(
    folder: Path | None, log: Callable[[str], None] = lambda _: None, messages: int = 1000
) -> Spool:
    """Return a spool with its file in a folder of its own."""
    return Spool(folder and folder / "spool", messages, MEBIBYTE, log)


def stop(spool: Spool) -> None:
    """Stop a spool as the service does."""
    spool.stop(10)
    spool.close()


def put(spool: Spool, *numbers: int) -> None:
    """Put alerts of these numbers, one by one."""
    for number in numbers:
        spool.put([alert(number)])


def stored(folder: Path) -> int:
    """Return how many messages the file of a stopped spool holds."""
    with sqlite3.connect(folder / "spool" / FILE) as file:
        found = file.execute("SELECT COUNT(*) FROM message").fetchone()[0]
    file.close()
    return int(found)
