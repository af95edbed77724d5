"""Find probes in nmap's files, and strings that name nmap, that no signature covers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.expression import terms
from nmapwatchd.drift.directory import DataDirectory
from nmapwatchd.drift.ignored import IGNORED_PROBES, IGNORED_STRINGS
from nmapwatchd.drift.lua import Literal
from nmapwatchd.drift.probe_match import matching

# A literal that names nmap is assumed to be sent, unless the code before it passes it to the user,
# to a file, or to Lua itself ...
_NOT_SENT = re.compile(
    rb"require|debug|verbose|print|error|assert|description|author|license|categories|usage"
    rb"|get_script_args|fetchfile|registry|return false|format_output"
    rb"|\[\s*$|getenv|summary|references|dofile|popen|portrule"
)
# ... or it is a file name, nothing but a URL, or prose.
_NOT_TRAFFIC = re.compile(
    rb"\.(?:lua|nse|lst|xsl|dtd)\b|https?://\S+$|nselib/|^nmap$|\n.*\n"
    rb"|^nmap-(?:protocols|rpc|mac-prefixes|services)$"
    rb"|^[A-Z][A-Za-z ]+ Nmap ",
    re.DOTALL,
)
_NAMES_NMAP = re.compile(rb"(?<!u)nmap", re.IGNORECASE)
# Characters of a value that covers a string of a file other than its signature's source.
MINIMUM_SHARED = 8


@dataclass(frozen=True, slots=True)
class Addition:
    """
    A probe or string that no signature covers.

    Args:
        file: its file.
        kind: probe, or string.
        text: its bytes, as Python escapes them.
        location: the probe's name, or the string's line.
    """

    file: str
    kind: str
    text: str
    location: str


def new_probes(catalogue: Catalogue, directory: DataDirectory) -> Iterator[Addition]:
    """Yield each probe with a payload that no signature matches."""
    for file, probes in directory.probes.items():
        for probe in probes:
            key = f"{probe.transport.value} {probe.name}"
            if probe.payload and key not in IGNORED_PROBES and not matching(catalogue, probe):
                yield Addition(file, "probe", _escaped(probe.payload), key)


def new_strings(catalogue: Catalogue, directory: DataDirectory) -> Iterator[Addition]:
    """Yield each string that names nmap, seems to be sent, and is not a signature's."""
    for name in directory.names():
        source = directory.source(name)
        suspects = (
            [one for one in source.literals if _looks_sent(one)] if source is not None else []
        )
        if not suspects:
            continue
        known = list(_values(catalogue, name))
        for literal in suspects:
            if (name, literal.value) in IGNORED_STRINGS:
                continue
            if not any(value in literal.value or literal.value in value for value in known):
                yield Addition(name, "string", _escaped(literal.value), f"line {literal.line}")


def _looks_sent(literal: Literal) -> bool:
    return (
        _NAMES_NMAP.search(literal.value) is not None
        and _NOT_TRAFFIC.search(literal.value) is None
        and _NOT_SENT.search(literal.before) is None
    )


def _values(catalogue: Catalogue, file: str) -> Iterator[bytes]:
    """Yield values and source strings that name nmap: the file's, and longer ones of any file."""
    for signature in catalogue.signatures:
        least = 1 if file in signature.source else MINIMUM_SHARED
        values = (
            *signature.source_strings,
            *(value for term in terms(signature.match) for value in term.values),
        )
        for value in values:
            if "nmap" in value.lower() and len(value) >= least:
                yield value.encode("latin-1", "replace")


def _escaped(value: bytes) -> str:
    return repr(value)[2:-1]
