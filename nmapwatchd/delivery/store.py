"""The store is the spool's file: numbered messages, how far each sink has come, open windows."""

import os
import sqlite3
import stat
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

FILE = "spool.sqlite"
# Where a file goes that cannot be read; the latest one only, for a disk is no place for hoards.
UNREADABLE = "spool.sqlite.unreadable"
# Of the tables below; a file of another version is moved aside, not guessed at.
SCHEMA_VERSION = 1
# Bytes of one record: an alert has 100 kB at the very most, a window's 1024 targets and ports less.
MAXIMUM_RECORD = 1 << 20
# Messages, and bytes, beyond the bounds for the sensor's word that some were lost: who was away
# shall learn of it, too. One comes a minute, so that this is a day and a half.
RESERVED_FOR = "sensor-undelivered"
RESERVED_MESSAGES, RESERVED_BYTES = 2048, 4 << 20
# Windows kept for a restart, and their bytes: a window has some 2 kB, 100 at most. Beyond that the
# one that was written longest ago goes, and its scan would be opened a second time.
MAXIMUM_WINDOWS = 8192
MAXIMUM_WINDOW_BYTES = 32 << 20
# Bytes to which the log of changes is cut after it was large.
_MAXIMUM_LOG = 4 << 20

_SCHEMA = f"""
CREATE TABLE message (seq INTEGER PRIMARY KEY, name TEXT NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE sink (name TEXT PRIMARY KEY, acked INTEGER NOT NULL) STRICT;
CREATE TABLE window (event_id TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;
PRAGMA user_version = {SCHEMA_VERSION};
"""
# synchronous=FULL: a commit returns once the disk has it, so that an alert that was sent outlives
# a loss of power, and not only a kill. It costs one fdatasync a batch, some milliseconds; NORMAL
# would save them, and lose what the kernel had not written.
# locking_mode=EXCLUSIVE: the file is ours alone; a second service is refused. And SQLite then needs
# no shared memory, which a full disk could turn into SIGBUS.
_SETTINGS = """
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA trusted_schema = OFF;
"""


class StoreError(Exception):
    """The store cannot be read or written now; the sentence says why."""


class UnreadableError(StoreError):
    """What stands in the file is not ours to read: damaged, or of another version."""


class Store:
    """
    One SQLite file, used by one thread at a time.

    Args:
        directory: where it is; made, with mode 0700, where there is none.
        maximum_messages: messages that it holds.
        maximum_bytes: of those messages.
        floor: numbers above this one are given to messages.

    Raises:
        StoreError: it cannot be used.
    """

    def __init__(
        self, directory: Path, maximum_messages: int, maximum_bytes: int, floor: int = 0
    ) -> None:
        self._maximum_messages, self._maximum_bytes = maximum_messages, maximum_bytes
        self._windows: OrderedDict[str, int] = OrderedDict()
        file = directory / FILE
        with _errors():
            _private(directory, file)
            self._sql = sqlite3.connect(
                file, timeout=0, isolation_level=None, check_same_thread=False
            )
        try:
            with _errors():
                self._begin(floor)
        except StoreError:
            self._sql.close()
            raise

    def _begin(self, floor: int) -> None:
        self._sql.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 2 * MAXIMUM_RECORD)
        self._sql.executescript(f"{_SETTINGS} PRAGMA journal_size_limit = {_MAXIMUM_LOG};")
        version = self._number("PRAGMA user_version")
        if version == 0 and not self._number("SELECT COUNT(*) FROM sqlite_master"):
            self._sql.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
        elif version != SCHEMA_VERSION:
            raise UnreadableError(f"it is of version {version}, and only {SCHEMA_VERSION} is known")
        (fault,) = self._sql.execute("PRAGMA quick_check(1)").fetchone()
        if fault != "ok":
            raise UnreadableError(str(fault))
        self._windows.update(self._sql.execute("SELECT event_id, LENGTH(body) FROM window"))
        self._window_bytes = sum(self._windows.values())
        self.last = max(
            floor,
            self._number("SELECT MAX(seq) FROM message"),
            self._number("SELECT MAX(acked) FROM sink"),
        )
        self._measure()

    def _measure(self) -> None:
        self.messages = self._number("SELECT COUNT(*) FROM message")
        self.bytes = self._number("SELECT SUM(LENGTH(body)) FROM message")

    def _number(self, query: str) -> int:
        (value,) = self._sql.execute(query).fetchone()
        return int(value or 0)

    def close(self) -> None:
        """Let go of the file; what was not committed is not in it."""
        with _errors():
            self._sql.close()

    def sinks(self) -> dict[str, int]:
        """Return how far each sink has come, by name."""
        with _errors():
            return dict(self._sql.execute("SELECT name, acked FROM sink"))

    def register(self, name: str, acked: int) -> None:
        """Keep for a sink what comes after a number, unless it is known already."""
        with self._transaction():
            self._sql.execute("INSERT OR IGNORE INTO sink VALUES (?, ?)", (name, acked))

    def unregister(self, name: str) -> None:
        """Keep nothing more for a sink."""
        with self._transaction():
            self._sql.execute("DELETE FROM sink WHERE name = ?", (name,))
            self._purge()

    def after(self, seq: int, limit: int) -> list[tuple[int, str, bytes]]:
        """Return the messages that follow a number, in order, each with its number and name."""
        query = "SELECT seq, name, body FROM message WHERE seq > ? ORDER BY seq LIMIT ?"
        with _errors():
            return self._sql.execute(query, (seq, limit)).fetchall()

    def count_after(self, seq: int) -> int:
        """Return how many messages follow a number."""
        with _errors():
            found = self._sql.execute("SELECT COUNT(*) FROM message WHERE seq > ?", (seq,))
            return int(found.fetchone()[0])

    def windows(self) -> list[bytes]:
        """Return the windows that were open."""
        with _errors():
            return [body for (body,) in self._sql.execute("SELECT body FROM window")]

    def write(
        self,
        messages: Sequence[tuple[str, bytes]],
        acked: Mapping[str, int],
        kept: Iterable[tuple[str, bytes]] = (),
        gone: Iterable[str] = (),
    ) -> list[int]:
        """
        Write everything or nothing, and return once the disk has it.

        Args:
            messages: each with the name by which the operator knows it.
            acked: how far sinks have come; what all have is removed.
            kept: windows as they are now, by event id.
            gone: windows that are over.

        Returns:
            The number of each message; 0 for one for which there was no room.
        """
        numbers = []
        with self._transaction():
            for name, sequence in acked.items():
                self._sql.execute("UPDATE sink SET acked = ? WHERE name = ?", (sequence, name))
            if acked:
                self._purge()
            for name, body in messages:
                numbers.append(self._add(name, body))
            for event_id, body in kept:
                self._keep(event_id, body)
            for event_id in gone:
                self._forget(event_id)
        return numbers

    def _add(self, name: str, body: bytes) -> int:
        size, more = len(body), name == RESERVED_FOR
        if (
            size > MAXIMUM_RECORD
            or self.messages >= self._maximum_messages + more * RESERVED_MESSAGES
            or self.bytes + size > self._maximum_bytes + more * RESERVED_BYTES
        ):
            return 0
        self.last += 1
        self._sql.execute("INSERT INTO message VALUES (?, ?, ?)", (self.last, name, body))
        self.messages += 1
        self.bytes += size
        return self.last

    def _keep(self, event_id: str, body: bytes) -> None:
        self._forget(event_id)
        if len(body) > MAXIMUM_RECORD:
            return
        self._sql.execute("INSERT INTO window VALUES (?, ?)", (event_id, body))
        self._windows[event_id] = len(body)
        self._window_bytes += len(body)
        while len(self._windows) > MAXIMUM_WINDOWS or self._window_bytes > MAXIMUM_WINDOW_BYTES:
            self._forget(next(iter(self._windows)))

    def _forget(self, event_id: str) -> None:
        size = self._windows.pop(event_id, None)
        if size is not None:
            self._window_bytes -= size
            self._sql.execute("DELETE FROM window WHERE event_id = ?", (event_id,))

    def _purge(self) -> None:
        """Remove what every sink has."""
        needed = "seq > (SELECT MIN(acked) FROM sink)"
        removed = self._sql.execute(f"DELETE FROM message WHERE NOT ({needed}) OR "  # noqa: S608
                                    "NOT EXISTS (SELECT 1 FROM sink)")  # fmt: skip
        if removed.rowcount:
            self._measure()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """After an error the store is of no more use: close it, and nothing was written."""
        with _errors():
            self._sql.execute("BEGIN IMMEDIATE")
            yield
            self._sql.execute("COMMIT")


def quarantine(directory: Path) -> Path:
    """
    Move a file that cannot be read out of the way, and return where it is.

    Raises:
        StoreError: it cannot be moved.
    """
    with _errors():
        for ending in ("-wal", "-shm", "-journal"):
            (directory / f"{FILE}{ending}").unlink(missing_ok=True)
        return (directory / FILE).replace(directory / UNREADABLE)


def _private(directory: Path, file: Path) -> None:
    """Make the file where there is none; see that directory and file are ours alone."""
    directory.mkdir(mode=0o700, exist_ok=True)
    found = directory.stat()
    if found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(0, f"{directory} belongs to others, or others may write there")
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise PermissionError(0, f"{file} is not a regular file")
        os.fchmod(handle, 0o600)
    finally:
        os.close(handle)


# SQLite's codes for what may be well tomorrow; any other speaks of what stands in the file.
_PASSING = {
    sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_AUTH,
}  # fmt: skip


@contextmanager
def _errors() -> Iterator[None]:
    """Tell what the disk, or the file, did not let us do."""
    try:
        yield
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(error.strerror or str(error)) from error
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
        passing = code & 0xFF in _PASSING and code != sqlite3.SQLITE_IOERR_SHORT_READ
        raise (StoreError if passing else UnreadableError)(str(error)) from error
    except (ValueError, TypeError, OverflowError) as error:  # a value that is none of ours
        raise UnreadableError(f"{type(error).__name__}: {error}") from error
