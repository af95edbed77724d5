"""What is new in nmap's files that looks like a mark: a probe, or a string that names nmap."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.expression import terms
from nmapwatchd.drift.directory import DataDirectory
from nmapwatchd.drift.known import KNOWN_PROBES, KNOWN_WORDS
from nmapwatchd.drift.lua import Literal
from nmapwatchd.drift.probing import holders

# A literal that names nmap is taken for a mark unless the code before it says that it goes to the
# user, to a file, or to Lua itself ...
_NOT_SENT = re.compile(
    rb"require|debug|verbose|print|error|assert|description|author|license|categories|usage"
    rb"|get_script_args|fetchfile|registry|return false|format_output"
    rb"|\[\s*$|getenv|summary|references|dofile|popen|portrule"
)
# ... or it is a file's name, a page of nmap's site alone, or prose.
_NOT_MARK = re.compile(
    rb"\.(?:lua|nse|lst|xsl|dtd)\b|https?://\S+$|nselib/|^nmap$|\n.*\n"
    rb"|^nmap-(?:protocols|rpc|mac-prefixes|services)$"
    rb"|^[A-Z][A-Za-z ]+ Nmap ",
    re.DOTALL,
)
_NAMES_NMAP = re.compile(rb"(?<!u)nmap", re.IGNORECASE)
# Letters that a value of another file's signature needs to make a string its own.
MINIMUM_SHARED = 8


@dataclass(frozen=True, slots=True)
class Novelty:
    """
    Something that no signature covers.

    Args:
        file: where it stands.
        kind: probe, or string.
        text: its bytes, as Python writes them.
        where: its name, or line.
    """

    file: str
    kind: str
    text: str
    where: str


def new_probes(catalogue: Catalogue, directory: DataDirectory) -> Iterator[Novelty]:
    """Yield each probe with bytes for which no signature holds."""
    for file, probes in directory.probes.items():
        for probe in probes:
            key = f"{probe.transport.value} {probe.name}"
            if probe.payload and key not in KNOWN_PROBES and not holders(catalogue, probe):
                yield Novelty(file, "probe", _shown(probe.payload), key)


def new_words(catalogue: Catalogue, directory: DataDirectory) -> Iterator[Novelty]:
    """Yield each string that names nmap, seems to be sent, and is no signature's."""
    for name in directory.names():
        source = directory.source(name)
        suspects = [w for w in source.literals if _looks_sent(w)] if source is not None else []
        if not suspects:
            continue
        known = list(_values(catalogue, name))
        for literal in suspects:
            if (name, literal.value) in KNOWN_WORDS:
                continue
            if not any(value in literal.value or literal.value in value for value in known):
                yield Novelty(name, "string", _shown(literal.value), f"line {literal.line}")


def _looks_sent(literal: Literal) -> bool:
    return (
        _NAMES_NMAP.search(literal.value) is not None
        and _NOT_MARK.search(literal.value) is None
        and _NOT_SENT.search(literal.before) is None
    )


def _values(catalogue: Catalogue, file: str) -> Iterator[bytes]:
    """Yield the values and traces that name nmap: the file's own, and longer ones of any file."""
    for row in catalogue.signatures:
        least = 1 if file in row.source else MINIMUM_SHARED
        values = (
            *row.source_strings,
            *(value for term in terms(row.match) for value in term.values),
        )
        for value in values:
            if "nmap" in value.lower() and len(value) >= least:
                yield value.encode("latin-1", "replace")


def _shown(value: bytes) -> str:
    return repr(value)[2:-1]
