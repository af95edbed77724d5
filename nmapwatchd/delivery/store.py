"""The spool's file: numbered messages, the position of each sink, open windows."""

import os
import sqlite3
import stat
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nmapwatchd.delivery.priority import Priority

FILE = "spool.sqlite"
# Name of a quarantined file; only the latest is kept, to bound the disk space.
UNREADABLE = "spool.sqlite.unreadable"
# Of the tables below; a file of another version is quarantined.
SCHEMA_VERSION = 2
# Bytes of one record: an alert has at most 100 kB, a window with 1024 targets and ports less.
MAXIMUM_RECORD = 1 << 20
# Messages, and bytes, beyond the bounds for events of the sensor and summaries of floods. A sensor
# that loses messages, drops frames and is flooded reports some three a minute, so this lasts two
# days.
RESERVED_MESSAGES, RESERVED_BYTES = 8192, 8 << 20
# The part of the bounds that scans whose source may be forged cannot use: 1 of so many.
PROVEN_ONLY = 4
# Windows stored for a restart, and their bytes: a window has about 2 kB, 100 at most. Beyond that,
# the one written longest ago is evicted, and its scan would be opened a second time.
MAXIMUM_WINDOWS = 8192
MAXIMUM_WINDOW_BYTES = 32 << 20
# Bytes to which SQLite truncates its write-ahead log.
_MAXIMUM_LOG = 4 << 20

_SCHEMA = f"""
CREATE TABLE message (seq INTEGER PRIMARY KEY, name TEXT NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE sink (name TEXT PRIMARY KEY, acked INTEGER NOT NULL) STRICT;
CREATE TABLE window (scan_id TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;
PRAGMA user_version = {SCHEMA_VERSION};
"""
# synchronous=FULL: a commit returns once the disk has it, so that an alert that was sent survives a
# power failure, and not only a kill. It costs one fdatasync per batch, a few milliseconds; NORMAL
# would save them, and lose what the kernel had not written.
# locking_mode=EXCLUSIVE: one process uses the file; a second service is refused. SQLite then needs
# no shared memory, which a full disk could turn into SIGBUS.
_SETTINGS = """
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA trusted_schema = OFF;
"""


class StoreError(Exception):
    """The store cannot be read or written at present; the text is the reason."""


class UnreadableError(StoreError):
    """The content of the file is damaged, or of another version."""


@dataclass(frozen=True, slots=True)
class Record:
    """
    A message to be stored.

    Args:
        name: by which logs refer to it.
        body: its encoding.
        priority: which part of the bounds, and of the reserve beyond them, it may use.
    """

    name: str
    body: bytes
    priority: Priority = Priority.PROVEN


class Store:
    """
    One SQLite file, used by one thread at a time.

    Args:
        directory: of the file; created with mode 0700 if it does not exist.
        maximum_messages: stored at most, without the reserve.
        maximum_bytes: of those messages, without the reserve.
        floor: sequence numbers above this one are assigned.

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
            _prepare(directory, file)
            self._sql = sqlite3.connect(
                file, timeout=0, isolation_level=None, check_same_thread=False
            )
        try:
            with _errors():
                self._load(floor)
        except StoreError:
            self._sql.close()
            raise

    def _load(self, floor: int) -> None:
        self._sql.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 2 * MAXIMUM_RECORD)
        self._sql.executescript(f"{_SETTINGS} PRAGMA journal_size_limit = {_MAXIMUM_LOG};")
        version = self._number("PRAGMA user_version")
        if version == 0 and not self._number("SELECT COUNT(*) FROM sqlite_master"):
            self._sql.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
        elif version != SCHEMA_VERSION:
            raise UnreadableError(f"unknown version {version}, expected {SCHEMA_VERSION}")
        (result,) = self._sql.execute("PRAGMA quick_check(1)").fetchone()
        if result != "ok":
            raise UnreadableError(str(result))
        self._windows.update(self._sql.execute("SELECT scan_id, LENGTH(body) FROM window"))
        self._window_bytes = sum(self._windows.values())
        self.last_sequence = max(
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
        """Close the file; uncommitted changes are lost."""
        with _errors():
            self._sql.close()

    def sinks(self) -> dict[str, int]:
        """Return the position of each sink, by name."""
        with _errors():
            return dict(self._sql.execute("SELECT name, acked FROM sink"))

    def register(self, name: str, acked: int) -> None:
        """Store messages after a number for a sink, unless it is registered already."""
        with self._transaction():
            self._sql.execute("INSERT OR IGNORE INTO sink VALUES (?, ?)", (name, acked))

    def unregister(self, name: str) -> None:
        """Unregister a sink."""
        with self._transaction():
            self._sql.execute("DELETE FROM sink WHERE name = ?", (name,))
            self._purge()

    def after(self, seq: int, limit: int) -> list[tuple[int, str, bytes]]:
        """Return the messages after a number, in order, each as its number, name and body."""
        query = "SELECT seq, name, body FROM message WHERE seq > ? ORDER BY seq LIMIT ?"
        with _errors():
            return self._sql.execute(query, (seq, limit)).fetchall()

    def count_after(self, seq: int) -> int:
        """Return the number of messages after a number."""
        with _errors():
            found = self._sql.execute("SELECT COUNT(*) FROM message WHERE seq > ?", (seq,))
            return int(found.fetchone()[0])

    def windows(self) -> list[bytes]:
        """Return the stored windows."""
        with _errors():
            return [body for (body,) in self._sql.execute("SELECT body FROM window")]

    def write(
        self,
        records: Sequence[Record],
        acked: Mapping[str, int],
        windows: Iterable[tuple[str, bytes]] = (),
        removed_windows: Iterable[str] = (),
    ) -> list[int]:
        """
        Write everything or nothing, and return once the disk has it.

        Args:
            records: messages.
            acked: new positions of sinks; messages that all sinks have are removed.
            windows: by id, replacing an earlier state.
            removed_windows: ids of windows that have closed.

        Returns:
            The sequence number of each message; 0 if the store was full.
        """
        with self._transaction():
            for name, sequence in acked.items():
                self._sql.execute("UPDATE sink SET acked = ? WHERE name = ?", (sequence, name))
            if acked:
                self._purge()
            sequences = [self._add(record) for record in records]
            for scan_id, body in windows:
                self._put_window(scan_id, body)
            for scan_id in removed_windows:
                self._remove_window(scan_id)
        return sequences

    def _add(self, record: Record) -> int:
        size = len(record.body)
        messages, capacity = self._maximum_messages, self._maximum_bytes
        if record.priority is Priority.SENSOR:
            messages, capacity = messages + RESERVED_MESSAGES, capacity + RESERVED_BYTES
        elif record.priority is Priority.UNPROVEN:
            messages, capacity = (
                messages - messages // PROVEN_ONLY,
                capacity - capacity // PROVEN_ONLY,
            )
        is_full = self.messages >= messages or self.bytes + size > capacity
        if size > MAXIMUM_RECORD or is_full:
            return 0
        self.last_sequence += 1
        self._sql.execute(
            "INSERT INTO message VALUES (?, ?, ?)", (self.last_sequence, record.name, record.body)
        )
        self.messages += 1
        self.bytes += size
        return self.last_sequence

    def _put_window(self, scan_id: str, body: bytes) -> None:
        self._remove_window(scan_id)
        if len(body) > MAXIMUM_RECORD:
            return
        self._sql.execute("INSERT INTO window VALUES (?, ?)", (scan_id, body))
        self._windows[scan_id] = len(body)
        self._window_bytes += len(body)
        while len(self._windows) > MAXIMUM_WINDOWS or self._window_bytes > MAXIMUM_WINDOW_BYTES:
            self._remove_window(next(iter(self._windows)))

    def _remove_window(self, scan_id: str) -> None:
        size = self._windows.pop(scan_id, None)
        if size is not None:
            self._window_bytes -= size
            self._sql.execute("DELETE FROM window WHERE scan_id = ?", (scan_id,))

    def _purge(self) -> None:
        """Remove the messages that every sink has."""
        needed = "seq > (SELECT MIN(acked) FROM sink)"
        removed = self._sql.execute(f"DELETE FROM message WHERE NOT ({needed}) OR "  # noqa: S608 - constants
                                    "NOT EXISTS (SELECT 1 FROM sink)")  # fmt: skip
        if removed.rowcount:
            self._measure()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Run a transaction; after an error the store must be closed, and nothing was written."""
        with _errors():
            self._sql.execute("BEGIN IMMEDIATE")
            yield
            self._sql.execute("COMMIT")


def quarantine(directory: Path) -> Path:
    """
    Move an unreadable file aside, and return its new path.

    Raises:
        StoreError: it cannot be moved.
    """
    with _errors():
        for ending in ("-wal", "-shm", "-journal"):
            (directory / f"{FILE}{ending}").unlink(missing_ok=True)
        return (directory / FILE).replace(directory / UNREADABLE)


def _prepare(directory: Path, file: Path) -> None:
    """Create the file if it does not exist; check that only this user may write to it."""
    directory.mkdir(mode=0o700, exist_ok=True)
    found = directory.stat()
    if found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(0, f"{directory} is writable or owned by other users")
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise PermissionError(0, f"{file} is not a regular file")
        os.fchmod(handle, 0o600)
    finally:
        os.close(handle)


# SQLite's codes for transient errors; any other concerns the content of the file.
_TRANSIENT = {
    sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_AUTH,
}  # fmt: skip


@contextmanager
def _errors() -> Iterator[None]:
    """Raise errors of the disk as StoreError, those of the content as UnreadableError."""
    try:
        yield
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(error.strerror or str(error)) from error
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
        is_transient = code & 0xFF in _TRANSIENT and code != sqlite3.SQLITE_IOERR_SHORT_READ
        raise (StoreError if is_transient else UnreadableError)(str(error)) from error
    except (ValueError, TypeError, OverflowError) as error:  # an unexpected value
        raise UnreadableError(f"{type(error).__name__}: {error}") from error
