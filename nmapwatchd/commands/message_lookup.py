"""Find a message by its id, or a scan's last one, in the files of alerts and in the journal."""

import gzip
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from io import BufferedIOBase
from pathlib import Path
from stat import S_ISREG
from typing import Any

from nmapwatchd.formats.escape import printable
from nmapwatchd.reports.record import (
    MAXIMUM_MESSAGE,
    MessageRecord,
    NotAMessageError,
    read_entry,
    read_message,
)

# Where journald keeps the system's journal.
_JOURNALS = ("/var/log/journal", "/run/log/journal")
# Entries of the journal that are tried, the newest first: re-sent ones, and invalid ones.
_MAXIMUM_ENTRIES = 100


@dataclass(slots=True)
class Lookup:
    """
    A search for one id.

    Args:
        id: an event id or a scan id, 32 lower-case hexadecimal digits.
        places: where it was looked for, each with the reason if it could not be read.
    """

    id: str
    places: list[str] = field(default_factory=list)

    def in_files(self, files: Sequence[Path]) -> tuple[MessageRecord, str] | None:
        """Return the message and its file: of these, or of those rotated away, the newest first."""
        for file in files:
            for candidate in (file, *rotated(file)):
                found = self._in_file(candidate)
                if found is not None:
                    return found, printable(str(candidate))
        return None

    def in_journal(self, directory: str | None = None) -> tuple[MessageRecord, str] | None:
        """
        Return the message from the journal.

        Args:
            directory: of another journal than this host's.
        """
        place = "the journal" if directory is None else f"the journal in {printable(directory)}"
        try:
            found = next(self._entries(directory), None)
        except (OSError, ImportError) as error:
            problem = getattr(error, "strerror", None) or str(error)
            self.places.append(f"{place} ({problem})")
            return None
        if found is not None:
            return found, place
        problem = "" if directory else journal_problem()
        self.places.append(f"{place} ({problem})" if problem else place)
        return None

    def _in_file(self, file: Path) -> MessageRecord | None:
        """Return the message of a file; of a scan, the last one."""
        found = None
        problem = ""
        try:
            # A pipe may never be written to.
            if not S_ISREG(file.stat().st_mode):
                raise OSError(0, "is not a regular file")
            with opened(file) as lines:
                for line in bounded_lines(lines):
                    if self.id.encode() in line and (record := self._read(line)) is not None:
                        found = record
        except EOFError:
            problem = "ends in mid-file"
        except (OSError, zlib.error) as error:
            problem = getattr(error, "strerror", None) or str(error)
        place = printable(str(file))
        self.places.append(f"{place} ({problem})" if problem else place)
        return found

    def _read(self, line: bytes) -> MessageRecord | None:
        try:
            return self._wanted(read_message(line))
        except NotAMessageError:
            return None

    def _wanted(self, record: MessageRecord) -> MessageRecord | None:
        return record if self.id in (record.event_id, record.scan_id) else None

    def _entries(self, directory: str | None) -> Iterator[MessageRecord]:
        """Yield the messages of the journal, the newest first."""
        # Without flags, so that journals received from other sensors are read as well.
        # systemd-python is needed here only, and may be missing where nothing but files is read.
        with import_module("systemd.journal").Reader(flags=0, path=directory) as reader:
            reader.add_match(NMAPWATCHD_EVENT_ID=self.id)
            reader.add_disjunction()
            reader.add_match(NMAPWATCHD_SCAN_ID=self.id)
            reader.seek_tail()
            for _ in range(_MAXIMUM_ENTRIES):
                entry: Mapping[str, Any] = reader.get_previous()
                if not entry:
                    return
                try:
                    record = self._wanted(read_entry(entry))
                except NotAMessageError:
                    continue
                if record is not None:
                    yield record


def rotated(file: Path) -> list[Path]:
    """Return what a file was rotated to (.1, .2.gz, -20261130 and the like), the newest first."""
    try:
        found = [
            (rotated.stat().st_mtime, rotated)
            for rotated in file.parent.iterdir()
            if rotated.name.startswith((f"{file.name}.", f"{file.name}-")) and rotated.is_file()
        ]
    except OSError:
        return []
    return [rotated for _, rotated in sorted(found, reverse=True)]


def opened(file: Path) -> BufferedIOBase:
    """Open a file for reading, also one in gzip."""
    return gzip.open(file) if file.suffix == ".gz" else file.open("rb")


def bounded_lines(file: BufferedIOBase) -> Iterator[bytes]:
    """Yield the lines of a file, without those that are too long to be a message."""
    is_start = True
    while line := file.readline(MAXIMUM_MESSAGE + 1):
        is_whole = line.endswith(b"\n") or len(line) <= MAXIMUM_MESSAGE
        if is_start and is_whole:
            yield line
        is_start = is_whole


def journal_problem() -> str:
    """Return why the system's journal has nothing for this user; '' if it can be read."""
    problem = "there is none"
    for directory in _JOURNALS:
        for file in Path(directory).glob("*/system.journal"):
            try:
                with file.open("rb"):
                    return ""
            except OSError as error:
                problem = error.strerror or str(error)
    return problem
