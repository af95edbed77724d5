"""Warn of file systems that cannot hold what the service will write."""

import os
from collections.abc import Iterator
from pathlib import Path

from nmapwatchd.config.settings import Settings
from nmapwatchd.config.sinks import STANDARD_OUTPUT, JsonlSettings
from nmapwatchd.delivery.state_directory import state_directory
from nmapwatchd.errors import Diagnostic

# Free inodes that the spool, its journal and a rotated file need, with room for others.
LEAST_INODES = 64
_MEBIBYTE = 1 << 20


def disk_warnings(settings: Settings) -> Iterator[Diagnostic]:
    """
    Yield which directories are full, nearly so, or not writable.

    Args:
        settings: those of the service.
    """
    spool = state_directory(settings.spool.directory)
    if spool is not None:
        # What the spool takes already is part of its maximum.
        needed = settings.spool.maximum_bytes - _size(spool)
        remedy = "free space, or lower [spool] maximum_mebibytes"
        for problem in directory_problems(spool, needed, remedy):
            yield Diagnostic("spool", problem)
    for number, sink in enumerate(settings.sink, 1):
        if isinstance(sink, JsonlSettings) and sink.path != STANDARD_OUTPUT:
            # A full spool may be written at once.
            directory = Path(sink.file).parent
            remedy = "free space, or rotate the file more often"
            for problem in space_problems(directory, settings.spool.maximum_bytes, remedy):
                yield Diagnostic(f"sink[{number}]", problem)


def directory_problems(directory: Path, needed: int, remedy: str) -> Iterator[str]:
    """
    Yield why a directory cannot be used now.

    Args:
        directory: it need not exist: the service creates it where it can.
        needed: bytes that will be written.
        remedy: what to do about too few.
    """
    # Not Path.is_dir, which raises if a parent may not be searched.
    candidates = (directory, *directory.parents)
    existing = next((path for path in candidates if os.path.isdir(path)), None)  # noqa: PTH112
    if existing is not None and not os.access(existing, os.W_OK | os.X_OK):
        yield f"{existing} is not writable; messages are kept in memory only: change its owner"
    elif existing is not None:
        yield from space_problems(existing, needed, remedy)


def space_problems(directory: Path, needed: int, remedy: str) -> Iterator[str]:
    """
    Yield why the file system of a directory will be full; nothing if there is no such directory.

    Args:
        directory: where the file is.
        needed: bytes that will be written.
        remedy: what to do about too few.
    """
    try:
        status = os.statvfs(directory)
    except OSError:
        return
    if status.f_flag & os.ST_RDONLY:
        yield f"{directory} is on a read-only file system; remount it, or name another directory"
        return
    free = status.f_bavail * status.f_frsize
    if free < needed:
        yield (
            f"{directory} has {free // _MEBIBYTE} MiB free, {-(-needed // _MEBIBYTE)} MiB may be "
            f"needed; {remedy}"
        )
    # Some file systems have no fixed number of inodes, and report none.
    if status.f_files and status.f_favail < LEAST_INODES:
        yield f"{directory} has {status.f_favail} inodes free; remove files that are not needed"


def _size(directory: Path) -> int:
    """Return the size of the files in a directory, as far as this user may see them."""
    try:
        return sum(file.stat().st_size for file in directory.iterdir() if file.is_file())
    except OSError:
        return 0
