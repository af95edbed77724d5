"""Appends messages to a file, or to standard output, as JSON lines."""

import contextlib
import os
import stat
from pathlib import Path

from nmapwatchd.core.alert import Message
from nmapwatchd.formats.ecs import line
from nmapwatchd.formats.sensor import Sensor
from nmapwatchd.sinks.sink import SinkError

STANDARD_OUTPUT = "-"

# Never through a symbolic link, for the folder may be somebody else's; never waiting for a pipe's
# reader; readable, to see whether the last line is whole.
_FLAGS = (
    os.O_RDWR | os.O_APPEND | os.O_CREAT
    | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
)  # fmt: skip
# The service writes, its group (those who may read alerts) reads, nobody else does.
_MODE = 0o640
_STDOUT = 1
_CLOSED = -1


class JsonFile:
    """
    Appends messages to a file, each line written as it comes.

    A file that was moved away, as logrotate does, is noticed and left; so is one that was removed.

    Args:
        path: the file, or `-` for standard output.
        sensor: who speaks.
        capture: what the capture is called in replay.

    Raises:
        ValueError: the path cannot be one.
    """

    def __init__(self, path: str, sensor: Sensor, capture: str = "") -> None:
        if not path or "\0" in path:
            raise ValueError(f"{path!r} is no path of a file")
        self._path, self._sensor, self._capture = path, sensor, capture
        self._file = _CLOSED
        self._torn = False  # whether the file's last line is only begun

    @property
    def name(self) -> str:
        """What the operator calls it."""
        return f"jsonl {self._path}"

    def open(self) -> None:
        """Open the file, and make it where there is none."""
        self.close()
        if self._path == STANDARD_OUTPUT:
            self._file = _STDOUT
            return
        try:
            self._file = os.open(self._path, _FLAGS, _MODE)
            found = os.fstat(self._file)
            regular = stat.S_ISREG(found.st_mode)
            self._torn = (
                regular
                and found.st_size > 0
                and os.pread(self._file, 1, found.st_size - 1) != b"\n"
            )
        except OSError as error:
            self.close()
            raise SinkError.of(self.name, error) from error
        if not regular:
            self.close()
            raise SinkError(f"{self.name}: it is not a regular file")

    def send(self, message: Message) -> None:
        """Append a message."""
        text = f"{line(message, self._sensor, self._capture)}\n".encode()
        if self._file == _CLOSED or self._was_moved():
            self.open()
        # What was only begun stays, as a line of its own.
        self._write(b"\n" + text if self._torn else text)

    def close(self) -> None:
        """Close the file."""
        if self._file not in {_CLOSED, _STDOUT}:
            os.close(self._file)
        self._file = _CLOSED

    def _was_moved(self) -> bool:
        if self._file == _STDOUT:
            return False
        try:
            there = Path(self._path).lstat()
        except FileNotFoundError:
            return True
        except OSError as error:
            raise SinkError.of(self.name, error) from error
        ours = os.fstat(self._file)
        return (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino)

    def _write(self, text: bytes) -> None:
        """Write everything, or take back what was written."""
        written = 0
        try:
            while written < len(text):
                written += os.write(self._file, text[written:])
        except OSError as error:
            self._take_back(written)
            raise SinkError.of(self.name, error) from error
        self._torn = False

    def _take_back(self, written: int) -> None:
        """Remove the part of a line for which there was room."""
        before = self._torn
        self._torn = before or written > 0
        if written and self._file != _STDOUT:
            with contextlib.suppress(OSError):  # then it stays, as a torn line
                os.ftruncate(self._file, os.fstat(self._file).st_size - written)
                self._torn = before
