"""The data directory of an installed nmap: probes and Lua, read once, whatever lies there."""

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from nmapwatchd.drift.lua import Source, read_lua
from nmapwatchd.drift.probes import Probe, read_payloads, read_service_probes
from nmapwatchd.errors import Diagnostic, OperatorError

# Bytes of a file that are read; the largest, nmap-service-probes, has 2.6 million.
MAXIMUM_FILE = 16 * 1024 * 1024
# Files of Lua that are read; nmap 7.95 has 750.
MAXIMUM_FILES = 5_000

SERVICE_PROBES, PAYLOADS = "nmap-service-probes", "nmap-payloads"
# What a data directory holds; everything else that a provenance names is compiled into nmap.
_HELD = re.compile(r"(?:nselib|scripts)/(?:[\w-][\w.-]*/)*[\w-][\w.-]*|nse_main\.lua")


def is_held(name: str) -> bool:
    """Tell whether a file of nmap's source lies in its data directory too."""
    return name in (SERVICE_PROBES, PAYLOADS) or _HELD.fullmatch(name) is not None


class DataDirectory:
    """
    What lies in a directory.

    Raises:
        OperatorError: it holds none of nmap's files.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sources: dict[str, Source | None] = {}
        if not any((path / name).exists() for name in (SERVICE_PROBES, "nselib", "scripts")):
            raise OperatorError(Diagnostic(str(path), "holds none of nmap's data files"))

    @cached_property
    def probes(self) -> dict[str, tuple[Probe, ...]]:
        """The probes of each of nmap's probe files that is there."""
        found = {}
        for name, read in ((SERVICE_PROBES, read_service_probes), (PAYLOADS, read_payloads)):
            text = self._text(self._path / name)
            if text is not None:
                found[name] = tuple(read(text))
        return found

    def source(self, name: str) -> Source | None:
        """Return what a file of `nselib` or `scripts` holds; None where it cannot be read."""
        if name not in self._sources:
            text = self._text(self._path / name)
            self._sources[name] = None if text is None else _source(name, text)
        return self._sources[name]

    def names(self) -> Iterator[str]:
        """Yield the names of all files of Lua, in order."""
        found = [
            path.relative_to(self._path).as_posix()
            for folder, pattern in (("nselib", "**/*.lua"), ("scripts", "**/*.nse"))
            for path in (self._path / folder).glob(pattern)
        ]
        yield from sorted(found)[:MAXIMUM_FILES]

    @staticmethod
    def _text(path: Path) -> bytes | None:
        """Return a file's content; None where there is none, or none of a file's usual kind."""
        try:
            if not path.is_file():
                return None
            with path.open("rb") as file:
                return file.read(MAXIMUM_FILE)
        except OSError:
            return None


def _source(name: str, text: bytes) -> Source:
    """Return what a file holds; a list of words is read as it is."""
    if name.endswith((".lua", ".nse")):
        return read_lua(text)
    return Source((), frozenset(), text, plain=True)
