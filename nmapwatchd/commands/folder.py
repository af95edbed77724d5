"""Find the captures in a folder and below it."""

import gzip
import os
import stat
import zlib
from dataclasses import dataclass, field
from pathlib import Path

from nmapwatchd.capture.file_format import GZIP, HEAD, is_capture

# Ends of a capture's name. A file that has one is meant to be a capture: it is an error if it is
# not, or has to be decompressed first.
_SUFFIXES = frozenset({".pcap", ".pcapng", ".cap"})
_COMPRESSIONS = frozenset({".gz", ".zst", ".lz4", ".bz2", ".xz"})


@dataclass(frozen=True, slots=True)
class Folder:
    """
    What a folder contains, the folders below it included.

    Args:
        captures: the files whose content or name is that of a capture; each folder's before those
            of the folders in it, sorted by name.
        others: the other files.
        unreadable: files and folders that cannot be read, with the reasons.
    """

    captures: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)
    unreadable: dict[Path, str] = field(default_factory=dict)


def read_folder(path: Path) -> Folder:
    """Search a folder; symbolic links to other folders are not followed."""
    found = Folder()
    errors: list[OSError] = []
    for folder, below, names in os.walk(path, onerror=errors.append):
        below.sort()
        for file in (Path(folder, name) for name in sorted(names)):
            try:
                (found.captures if _is_capture(file) else found.others).append(file)
            except OSError as error:
                found.unreadable[file] = error.strerror or str(error)
    found.unreadable.update(
        {Path(error.filename): error.strerror or str(error) for error in errors}
    )
    return found


def _is_capture(file: Path) -> bool:
    if not stat.S_ISREG(file.stat().st_mode):  # a pipe would have to be waited for
        return False
    name = file.with_suffix("") if file.suffix.lower() in _COMPRESSIONS else file
    return name.suffix.lower() in _SUFFIXES or is_capture(_head(file))


def _head(file: Path) -> bytes:
    """Return the first bytes of a file, decompressed if gzip has compressed it."""
    with file.open("rb") as opened:
        head = opened.read(HEAD)
        if not head.startswith(GZIP):
            return head
        opened.seek(0)
        try:
            return gzip.GzipFile(fileobj=opened).read(HEAD)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            return b""
