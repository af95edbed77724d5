"""Append messages to a file, one per line."""

import errno
import os
import stat
from pathlib import Path

from nmapwatchd.core.alert import Message
from nmapwatchd.formats.format import Format
from nmapwatchd.formats.sensor import Sensor
from nmapwatchd.sinks.line_writer import LineWriter
from nmapwatchd.sinks.sink import SinkError

# Never through a symbolic link, since others may own the directory; never waiting for a pipe's
# reader; readable, to check whether the last line is complete.
_FLAGS = (
    os.O_RDWR | os.O_APPEND | os.O_CREAT
    | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
)  # fmt: skip
# The service writes, its group (users who may read alerts) reads; others have no access.
_MODE = 0o640
_CLOSED = -1


class FileSink:
    """
    Appends each message to a file immediately.

    A file that was moved away, as logrotate does, or removed is detected and created again.

    Args:
        path: of the file.
        sensor: origin of the messages.
        format_: returns one line without its newline.
    """

    def __init__(self, path: str, sensor: Sensor, format_: Format) -> None:
        self._path, self._sensor, self._format = path, sensor, format_
        self._descriptor = _CLOSED
        self._writer = LineWriter(_CLOSED)

    @property
    def name(self) -> str:
        """Display name."""
        return f"jsonl {self._path}"

    def probe(self) -> None:
        """
        Check that the file can be opened, or created in its directory; create nothing.

        Raises:
            SinkError: it cannot.
        """
        try:
            os.close(self._regular_file(_FLAGS & ~os.O_CREAT))
        except FileNotFoundError as error:
            self._probe_directory(error)
        except OSError as error:
            raise SinkError.of(self.name, error) from error

    def _probe_directory(self, absent: OSError) -> None:
        directory = Path(self._path).parent
        if not directory.is_dir():
            raise SinkError.of(self.name, absent)
        if os.statvfs(directory).f_flag & os.ST_RDONLY:
            raise SinkError.of(self.name, OSError(errno.EROFS, os.strerror(errno.EROFS)))
        if not os.access(directory, os.W_OK | os.X_OK):
            raise SinkError.of(self.name, OSError(errno.EACCES, os.strerror(errno.EACCES)))

    def open(self) -> None:
        """Open the file; create it if it does not exist."""
        self.close()
        try:
            self._descriptor = self._regular_file(_FLAGS)
            self._writer = LineWriter(
                self._descriptor, is_partial=self._ends_in_partial_line(), can_truncate=True
            )
        except OSError as error:
            self.close()
            raise SinkError.of(self.name, error) from error

    def send(self, message: Message) -> None:
        """Append a message."""
        line = self._format(message, self._sensor)
        if self._descriptor == _CLOSED or self._was_moved():
            self.open()
        try:
            self._writer.write(line)
        except OSError as error:
            raise SinkError.of(self.name, error) from error

    def close(self) -> None:
        """Close the file."""
        if self._descriptor != _CLOSED:
            os.close(self._descriptor)
        self._descriptor = _CLOSED

    def _regular_file(self, flags: int) -> int:
        descriptor = os.open(self._path, flags, _MODE)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(0, "not a regular file")
        return descriptor

    def _ends_in_partial_line(self) -> bool:
        size = os.fstat(self._descriptor).st_size
        return size > 0 and os.pread(self._descriptor, 1, size - 1) != b"\n"

    def _was_moved(self) -> bool:
        try:
            current = Path(self._path).lstat()
        except FileNotFoundError:
            return True
        except OSError as error:
            raise SinkError.of(self.name, error) from error
        opened = os.fstat(self._descriptor)
        return (current.st_dev, current.st_ino) != (opened.st_dev, opened.st_ino)
