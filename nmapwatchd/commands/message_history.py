"""Read all messages about scans since a time, from the files of alerts or from the journal."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from pathlib import Path
from stat import S_ISREG
from typing import Any

from nmapwatchd.commands.message_lookup import bounded_lines, journal_problem, opened, rotated
from nmapwatchd.core.alert import Action
from nmapwatchd.formats.escape import printable
from nmapwatchd.reports.record import MessageRecord, NotAMessageError, read_entry, read_message

_ACTIONS = (Action.SCAN_OPENED, Action.SCAN_CONTINUES, Action.SCAN_CLOSED)


@dataclass(slots=True)
class History:
    """
    The messages about scans that are not authorised.

    Args:
        since: the earliest time.
        places: where they were read, each with the reason if it could not be.
    """

    since: datetime
    places: list[str] = field(default_factory=list)

    def messages(
        self, files: Sequence[Path], journal_directory: str | None = None
    ) -> Iterator[MessageRecord]:
        """
        Yield the messages of files; those of the journal if the files have none.

        Each sink has every message, so that one of them is enough, and no scan counts twice.

        Args:
            files: the files of alerts; what was rotated away is read as well, the oldest first.
            journal_directory: of another journal than this host's.
        """
        is_empty = True
        for file in files:
            for part in (*reversed(rotated(file)), file):
                for message in self._in_file(part):
                    is_empty = False
                    yield message
            if not is_empty:
                return
        yield from self._in_journal(journal_directory)

    def _in_file(self, file: Path) -> Iterator[MessageRecord]:
        problem = ""
        try:
            found = file.stat()
            # A pipe may never be written to.
            if not S_ISREG(found.st_mode):
                raise OSError(0, "is not a regular file")
            if found.st_mtime < self.since.timestamp():
                return
            with opened(file) as lines:
                for line in bounded_lines(lines):
                    if b"scan-" in line:  # most messages are the sensor's own
                        yield from self._wanted(line)
        except EOFError:
            problem = "ends in mid-file"
        except (OSError, zlib.error) as error:
            problem = getattr(error, "strerror", None) or str(error)
        place = printable(str(file))
        self.places.append(f"{place} ({problem})" if problem else place)

    def _in_journal(self, directory: str | None) -> Iterator[MessageRecord]:
        place = "the journal" if directory is None else f"the journal in {printable(directory)}"
        is_empty = True
        try:
            # systemd-python is needed here only, and may be missing where only files are read.
            with import_module("systemd.journal").Reader(flags=0, path=directory) as reader:
                for action in _ACTIONS:
                    reader.add_match(NMAPWATCHD_ACTION=action.value)
                reader.seek_realtime(self.since)
                while entry := reader.get_next():
                    for message in self._wanted(entry):
                        is_empty = False
                        yield message
        except (OSError, ImportError) as error:
            problem = getattr(error, "strerror", None) or str(error)
            self.places.append(f"{place} ({problem})")
            return
        problem = journal_problem() if is_empty and directory is None else ""
        self.places.append(f"{place} ({problem})" if problem else place)

    def _wanted(self, message: bytes | Mapping[str, Any]) -> Iterator[MessageRecord]:
        """Yield a message if it is about a scan that is not authorised, and not too old."""
        try:
            record = read_message(message) if isinstance(message, bytes) else read_entry(message)
        except NotAMessageError:
            return
        if record.action not in _ACTIONS:
            return
        try:
            if datetime.fromisoformat(record.end) >= self.since:
                yield record
        except (ValueError, TypeError):  # no time, or one without a zone
            return
