"""A capture file: filtered by the capture process, or read by tshark alone."""

import gzip
import os
import threading
import zlib
from collections.abc import Sequence
from contextlib import suppress
from typing import BinaryIO, cast

import structlog

from nmapwatchd.capture.file_format import GZIP, HEAD, UnknownFormatError, file_format
from nmapwatchd.capture.process import CaptureProcess, Filters
from nmapwatchd.capture.process_source import ProcessSource
from nmapwatchd.capture.source import CanaryFrame
from nmapwatchd.capture.stats import CaptureStats
from nmapwatchd.child.protocol import Sampled
from nmapwatchd.core.shedding import ShedSources
from nmapwatchd.errors import CaptureError

_log = structlog.get_logger()

# Bytes copied at a time from a file that cannot seek: the size of a Linux pipe.
COPY = 1 << 16


def file_source(name: str, file: BinaryIO, kernel: Filters) -> "FilteredFile | UnfilteredFile":
    """
    Return the source for a capture file, by its format; one compressed by gzip is decompressed.

    Args:
        name: the file's name for observations and errors.
        file: the capture, at its start.
        kernel: the kernel filter for each link type.

    Raises:
        CaptureError: the file is empty, is no capture, or has no packets that can be decoded.
    """
    head = _read(name, file)
    if head.startswith(GZIP):
        file = cast("BinaryIO", Decompressed(head, file))
        head = _read(name, file)
    try:
        found = file_format(head, file)
    except UnknownFormatError as error:
        raise CaptureError(f"{name}: {error}") from None
    except OSError as error:
        raise CaptureError(f"{name}: {error.strerror or error}") from error
    links = ", ".join(map(str, found.unread))
    if links and len(found.unread) == len(found.links):
        raise CaptureError(f"{name}: packets of link type {links} cannot be decoded")
    if links:
        _log.warning("packets that cannot be decoded are ignored", capture=name, link_types=links)
    if found.is_filterable(kernel):
        return FilteredFile(name, head, file, kernel)
    return UnfilteredFile(name, head, file)


def _read(name: str, file: BinaryIO) -> bytes:
    """Return the first bytes of a file, or raise that it is empty or cannot be read."""
    try:
        head = file.read(HEAD)
    except (OSError, EOFError, zlib.error) as error:
        raise CaptureError(f"{name}: {getattr(error, 'strerror', None) or error}") from error
    if not head:
        raise CaptureError(f"{name}: is empty")
    return head


class Decompressed(gzip.GzipFile):
    """
    The content of a file that gzip has compressed.

    Args:
        head: what was read of it already.
        file: the compressed file.
    """

    def __init__(self, head: bytes, file: BinaryIO) -> None:
        super().__init__(fileobj=cast("BinaryIO", _Rejoined(head, file)))

    def seekable(self) -> bool:
        """Return False: to go back would be to decompress again."""
        return False


class _Rejoined:
    """A file, with what was read of it already."""

    def __init__(self, head: bytes, file: BinaryIO) -> None:
        self._head, self._file = head, file

    def read(self, size: int) -> bytes:
        head, self._head = self._head[:size], self._head[size:]
        return head or self._file.read(size)


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
        self._failures: list[str] = []
        self.samples: list[Sampled] = []  # one at most, of the first frames

    async def open(self, _canary_frame: CanaryFrame) -> int:
        """Start to filter; return the descriptor to read from, which the caller closes."""
        source = descriptor_of(self._head, self._file, self._failures)
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

    def shed(self, _sources: ShedSources) -> None:
        """Do nothing: a file floods no kernel."""

    async def end(self) -> None:
        """
        Wait for the capture process to end.

        Raises:
            CaptureError: the file could not be read to its end.
        """
        if self.process is not None:
            await self.process.wait()
        _raise_first(self.name, self._failures)
        await super().end()

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
        self._failures: list[str] = []

    async def open(self, _canary_frame: CanaryFrame) -> int:
        """Return the descriptor to read from, which the caller closes."""
        return descriptor_of(self._head, self._file, self._failures)

    def start(self) -> None:
        """Do nothing: tshark reads the file."""

    def shed(self, _sources: ShedSources) -> None:
        """Do nothing: a file floods no kernel."""

    async def end(self) -> None:
        """
        Report what could not be read; tshark reports other errors of the file.

        Raises:
            CaptureError: the file could not be read to its end.
        """
        _raise_first(self.name, self._failures)

    async def finish(self) -> bool:
        """Return that nothing is lost."""
        return True

    async def close(self) -> None:
        """Do nothing: there is no process."""


def _raise_first(name: str, failures: Sequence[str]) -> None:
    if failures:
        raise CaptureError(f"{name}: {failures[0]}")


def descriptor_of(head: bytes, file: BinaryIO, failures: list[str]) -> int:
    """
    Return a descriptor from which a capture file can be read from its start.

    Its reader may not be allowed to open the file by name; of a pipe, the head was consumed and is
    written to another, as is what is decompressed.

    Args:
        head: what was read of it already.
        file: the capture.
        failures: takes the error, if a pipe or a compressed file cannot be read to its end.
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
            # What can be decompressed before an error, not all or nothing.
            read = file.read1 if isinstance(file, Decompressed) else file.read
            try:
                while chunk := read(COPY):
                    pipe.write(chunk)
            except BrokenPipeError:
                raise
            except (OSError, EOFError, zlib.error) as error:
                failures.append(getattr(error, "strerror", None) or str(error))

    threading.Thread(target=copy, daemon=True).start()
    return reader
