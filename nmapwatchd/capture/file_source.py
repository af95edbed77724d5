"""A capture file: filtered by the capture process, or read by tshark alone."""

import os
import shutil
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import BinaryIO

from nmapwatchd.capture.file_format import HEAD, filterable
from nmapwatchd.capture.process import CaptureProcess, Filters
from nmapwatchd.capture.process_source import ProcessSource
from nmapwatchd.capture.source import CanaryFrame
from nmapwatchd.capture.stats import CaptureStats
from nmapwatchd.child.protocol import Sampled
from nmapwatchd.errors import CaptureError

# Bytes copied at a time from a file that cannot seek: the size of a Linux pipe.
COPY = 1 << 16


def file_source(name: str, file: BinaryIO, kernel: Filters) -> "FilteredFile | UnfilteredFile":
    """
    Return the source for a capture file, by its format.

    Args:
        name: the file's name for observations and errors.
        file: the capture, at its start.
        kernel: the kernel filter for each link type.

    Raises:
        CaptureError: the file is empty.
    """
    head = file.read(HEAD)
    if not head:
        raise CaptureError(f"{name}: is empty")
    if filterable(head, file, kernel):
        return FilteredFile(name, head, file, kernel)
    return UnfilteredFile(name, head, file)


class FilteredFile(ProcessSource):
    """
    A capture file that the capture process filters as the kernel filters an interface.

    Args:
        name: the file's name.
        head: what was read of it already.
        file: the capture.
        kernel: the kernel filter for each link type.
    """

    def __init__(self, name: str, head: bytes, file: BinaryIO, kernel: Filters) -> None:
        super().__init__(name)
        self._head, self._file, self._kernel = head, file, kernel
        self.samples: list[Sampled] = []  # one at most, of the first frames

    async def open(self, _canary_frame: CanaryFrame) -> int:
        """Start to filter; return the descriptor to read from, which the caller closes."""
        source = descriptor_of(self._head, self._file)
        reader, writer = os.pipe()
        try:
            self.process = await CaptureProcess.from_file(
                source, self._kernel, writer, self._on_sample
            )
        except BaseException:
            os.close(reader)
            raise
        finally:
            os.close(source)
            os.close(writer)
        return reader

    def _on_sample(self, sample: Sampled) -> None:
        self.samples = [sample]

    def start(self) -> None:
        """Do nothing: the capture process writes since it was started."""

    def shed(self, _sources: Sequence[str]) -> None:
        """Do nothing: a file floods no kernel."""

    @property
    def counts(self) -> CaptureStats:
        """Nothing: the capture process counts no frames of a file."""
        return CaptureStats()


class UnfilteredFile:
    """
    A capture file that tshark reads itself, because libpcap cannot, or has no filter for its links.

    Args:
        name: the file's name.
        head: what was read of it already.
        file: the capture.
    """

    pids: tuple[int, ...] = ()
    silent_seconds = 0.0
    last_error = ""
    counts = CaptureStats()
    samples: tuple[Sampled, ...] = ()

    def __init__(self, name: str, head: bytes, file: BinaryIO) -> None:
        self.name = name
        self._head, self._file = head, file

    async def open(self, _canary_frame: CanaryFrame) -> int:
        """Return the descriptor to read from, which the caller closes."""
        return descriptor_of(self._head, self._file)

    def start(self) -> None:
        """Do nothing: tshark reads the file."""

    def shed(self, _sources: Sequence[str]) -> None:
        """Do nothing: a file floods no kernel."""

    async def end(self) -> None:
        """Do nothing: tshark reports errors of the file."""

    async def finish(self) -> bool:
        """Return that nothing is lost."""
        return True

    async def close(self) -> None:
        """Do nothing: there is no process."""


def descriptor_of(head: bytes, file: BinaryIO) -> int:
    """
    Return a descriptor from which a capture file can be read from its start.

    Its reader may not be allowed to open the file by name; of a pipe, the head was consumed and is
    written to another.

    Args:
        head: what was read of it already.
        file: the capture.
    """
    if file.seekable():
        source = os.dup(file.fileno())
        os.lseek(source, 0, os.SEEK_SET)
        return source
    reader, writer = os.pipe()

    def copy() -> None:
        # The reader may end, or the file be closed, before the capture ends.
        with suppress(BrokenPipeError, ValueError), os.fdopen(writer, "wb", buffering=0) as pipe:
            pipe.write(head)
            shutil.copyfileobj(file, pipe, COPY)

    threading.Thread(target=copy, daemon=True).start()
    return reader
