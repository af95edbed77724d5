"""Read the data directory of an installed nmap: probe files and Lua, each once."""

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from nmapwatchd.drift.lua import Source, read_lua
from nmapwatchd.drift.probes import Probe, read_payloads, read_service_probes
from nmapwatchd.errors import Diagnostic, OperatorError

# Bytes of a file that are read; the largest, nmap-service-probes, has 2.6 million.
MAXIMUM_FILE = 16 * 1024 * 1024
# Lua files that are read; nmap 7.95 has 750.
MAXIMUM_FILES = 5_000

SERVICE_PROBES, PAYLOADS = "nmap-service-probes", "nmap-payloads"
# Files of Lua in the data directory; other sources of signatures are compiled into nmap.
_LUA = re.compile(r"(?:nselib|scripts)/(?:[\w-][\w.-]*/)*[\w-][\w.-]*|nse_main\.lua")


def is_data_file(name: str) -> bool:
    """Return whether a file of nmap's source is also in its data directory."""
    return name in (SERVICE_PROBES, PAYLOADS) or _LUA.fullmatch(name) is not None


class DataDirectory:
    """
    The files of a data directory, read on demand.

    Raises:
        OperatorError: the directory has none of nmap's data files.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sources: dict[str, Source | None] = {}
        if not any((path / name).exists() for name in (SERVICE_PROBES, "nselib", "scripts")):
            raise OperatorError(Diagnostic(str(path), "contains none of nmap's data files"))

    @cached_property
    def probes(self) -> dict[str, tuple[Probe, ...]]:
        """The probes by probe file, of those that exist."""
        found = {}
        for name, read in ((SERVICE_PROBES, read_service_probes), (PAYLOADS, read_payloads)):
            text = self._text(self._path / name)
            if text is not None:
                found[name] = tuple(read(text))
        return found

    def source(self, name: str) -> Source | None:
        """Return a parsed file of `nselib` or `scripts`, or None if it cannot be read."""
        if name not in self._sources:
            text = self._text(self._path / name)
            self._sources[name] = None if text is None else _source(name, text)
        return self._sources[name]

    def names(self) -> Iterator[str]:
        """Yield the names of all Lua files, in order."""
        found = [
            path.relative_to(self._path).as_posix()
            for folder, pattern in (("nselib", "**/*.lua"), ("scripts", "**/*.nse"))
            for path in (self._path / folder).glob(pattern)
        ]
        yield from sorted(found)[:MAXIMUM_FILES]

    @staticmethod
    def _text(path: Path) -> bytes | None:
        """Return a regular file's content, or None."""
        try:
            if not path.is_file():
                return None
            with path.open("rb") as file:
                return file.read(MAXIMUM_FILE)
        except OSError:
            return None


def _source(name: str, text: bytes) -> Source:
    """Parse a file; one that is not Lua is a list of words."""
    if name.endswith((".lua", ".nse")):
        return read_lua(text)
    return Source((), frozenset(), text, plain=True)
