"""
Record when each authorisation was last used, and by how many scans.

The record is a file beside the spool, which `nmapwatchd allowlist` reads. It has the authorisations
of the configuration, by name, and nothing else, so that it cannot grow.
"""

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nmapwatchd.core.alert import Alert
from nmapwatchd.core.attribution.allowlist import Usage
from nmapwatchd.delivery.state_directory import STATE_DIRECTORY

FILE = "authorisations.json"
# Seconds between two writes, if there is anything new; a service that is killed loses what this
# time has brought.
WRITE_SECONDS = 5.0
# Bytes that are read: those of a thousand entries with long names.
_MAXIMUM_BYTES = 1 << 20

_log = structlog.get_logger()


class UsageError(Exception):
    """The record cannot be read; the text is the reason."""


class _Entry(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    since: int = Field(ge=0)
    scans: int = Field(ge=0)
    last: int = Field(ge=0)


class _Document(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    version: Literal[1] = 1
    authorisations: dict[str, _Entry]


def usage_file(configured: str) -> Path:
    """
    Return the path of a service's record, for a reader.

    Args:
        configured: the directory of the spool, as configured; may be empty.
    """
    from_systemd = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    return Path(configured or from_systemd or STATE_DIRECTORY) / FILE


def read_usage(file: Path) -> dict[str, Usage]:
    """
    Return the record of each authorisation, by name.

    Raises:
        UsageError: there is none, or it is damaged.
    """
    try:
        with file.open("rb") as opened:
            data = opened.read(_MAXIMUM_BYTES)
        found = _Document.model_validate_json(data).authorisations
    except OSError as error:
        raise UsageError(error.strerror or str(error)) from error
    except ValidationError as error:
        raise UsageError(error.errors()[0]["msg"]) from error
    return {name: Usage(entry.since, entry.scans, entry.last) for name, entry in found.items()}


class UsageRecord:
    """
    Keeps the record of the running service, and writes it from a thread.

    Args:
        file: its path; None to keep it in memory only.
        names: of the configured authorisations.
        now: the time, nanoseconds since the epoch.
    """

    def __init__(self, file: Path | None, names: Iterable[str], now: int) -> None:
        self._file = file
        self._task: asyncio.Task[None] | None = None
        self._written: bytes = b""
        self._logged = ""
        self._usages: dict[str, Usage] = {}
        if file is not None and file.exists():
            try:
                self._usages = read_usage(file)
            except UsageError as error:
                _log.warning(
                    "record of authorisations not read, begun again",
                    file=str(file), error=str(error),
                )  # fmt: skip
        self.retain(names, now)

    @property
    def usages(self) -> Mapping[str, Usage]:
        """The record of each configured authorisation, by name."""
        return self._usages

    def retain(self, names: Iterable[str], now: int) -> None:
        """Keep the record of these authorisations only; begin those of new ones."""
        self._usages = {name: self._usages.get(name, Usage(now)) for name in names}

    def record(self, alerts: Iterable[Alert]) -> None:
        """Count the scans that are authorised."""
        for alert in alerts:
            usage = self._usages.get(alert.expected)
            if usage is not None:
                usage.scans += alert.sequence == 1
                usage.last = max(usage.last, alert.end)

    def open(self) -> None:
        """Start to write."""
        if self._file is not None:
            self._task = asyncio.create_task(self._run(self._file), name="authorisations")

    async def close(self) -> None:
        """Stop writing, with everything written."""
        if self._task is not None and self._file is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            await self._write(self._file)

    async def _run(self, file: Path) -> None:
        while True:
            await self._write(file)
            await asyncio.sleep(WRITE_SECONDS)

    async def _write(self, file: Path) -> None:
        entries = {name: _Entry(**asdict(usage)) for name, usage in self._usages.items()}
        data = _Document(authorisations=entries).model_dump_json(indent=1).encode()
        if data == self._written:
            return
        problem = ""
        try:
            # A disk that hangs must not delay the service.
            await asyncio.to_thread(_replace, file, data)
            self._written = data
        except OSError as error:
            problem = error.strerror or str(error)
        if problem and problem != self._logged:
            _log.warning("record of authorisations not written", file=str(file), error=problem)
        self._logged = problem


def _replace(file: Path, data: bytes) -> None:
    """Replace a file's contents atomically, also if the power fails."""
    new = file.with_name(f".{file.name}.new")
    opener: Callable[[str, int], int] = lambda path, flags: os.open(path, flags, 0o600)  # noqa: E731
    with open(new, "wb", opener=opener) as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    new.replace(file)
