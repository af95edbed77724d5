"""Delivery that take what they are handed, and tell when they are told to."""

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
from tests.formats.messages import OPENED
from tests.sinks.collector import wait_until

MEBIBYTE = 1 << 20


def alert(number: int) -> Alert:
    """Return an alert that is like no other."""
    return replace(OPENED, scan_id=f"{number:032x}")


HEXADECIMAL = re.compile("[0-9a-f]+")


@dataclass(slots=True)
class Taker:
    """An outlet that takes everything, and has delivered it when it is asked to."""

    feed: SinkCursor
    delivers: bool = True
    taken: list[Message] = field(default_factory=list)
    held: deque[Message] = field(default_factory=deque)

    @property
    def waiting(self) -> int:
        return len(self.held)

    @property
    def ids(self) -> list[int]:
        """The numbers of the alerts that it took; what a damaged file makes of one may be none."""
        found = (m.scan_id for m in self.taken if isinstance(m, Alert))
        return [int(id_, 16) for id_ in found if HEXADECIMAL.fullmatch(id_)]

    def put(self, message: Message) -> bool:
        self.taken.append(message)
        self.held.append(message)
        return True

    def deliver(self) -> None:
        """Be done with everything."""
        while self.held:
            self.feed.done(self.held.popleft())

    def took(self, *numbers: int) -> None:
        """Wait until it took these, and be done with them if it is one that delivers."""
        wait_until(lambda: len(self.ids) >= len(numbers))
        assert self.ids == list(numbers)
        if self.delivers:
            self.deliver()


class Quick(Taker):
    """An outlet that is done at once."""

    def put(self, message: object) -> bool:
        self.taken.append(message)  # type: ignore[arg-type]
        threading.Thread(target=self.feed.done, args=[message]).start()
        return True


def taker(spool: Spool, name: str, delivers: bool = True) -> Taker:
    """Return an outlet that is connected to the spool under a name."""
    found = Taker(spool.feed(name), delivers)
    found.feed.connect(found)
    return found


def begun(
    folder: Path | None, say: Callable[[str], None] = lambda _: None, messages: int = 1000
) -> Spool:
    """Return a spool with its file in a folder of its own."""
    return Spool(folder and folder / "spool", messages, MEBIBYTE, say)


def ended(spool: Spool) -> None:
    """End a spool as a stop does."""
    spool.stop(10)
    spool.close()


def put(spool: Spool, *numbers: int) -> None:
    """Put alerts of these numbers, one by one."""
    for number in numbers:
        spool.put([alert(number)])


def kept(folder: Path) -> int:
    """Return how many messages the file of a spool that has ended holds."""
    with sqlite3.connect(folder / "spool" / FILE) as file:
        found = file.execute("SELECT COUNT(*) FROM message").fetchone()[0]
    file.close()
    return int(found)
