"""Compare every signature with the nmap files that it names as its source."""

import re
from dataclasses import dataclass
from enum import StrEnum

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.matcher import Matcher
from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.drift.additions import Addition, new_probes, new_strings
from nmapwatchd.drift.directory import PAYLOADS, SERVICE_PROBES, DataDirectory, is_data_file
from nmapwatchd.drift.probe_match import matches, resembles
from nmapwatchd.drift.provenance import Occurrences, find_strings, find_values


class State(StrEnum):
    """State of a signature in nmap's files; the first ones prevail if several files are named."""

    PRESENT = "present"
    CHANGED = "changed"
    REMOVED = "removed"
    FILE_MISSING = "file missing"
    OTHER_VERSION = "other version"
    NOT_IN_A_FILE = "not in a file"


_DRIFTED = frozenset((State.CHANGED, State.REMOVED, State.FILE_MISSING))


@dataclass(frozen=True, slots=True)
class Finding:
    """
    The result of one signature.

    Args:
        signature: which.
        state: its state.
        detail: the evidence, for a person.
    """

    signature: Signature
    state: State
    detail: str


@dataclass(frozen=True, slots=True)
class Drift:
    """The results of all signatures, and additions to nmap that no signature covers."""

    findings: tuple[Finding, ...]
    additions: tuple[Addition, ...]

    @property
    def drifted(self) -> bool:
        """Whether the catalogue differs from nmap's files."""
        return bool(self.additions) or any(f.state in _DRIFTED for f in self.findings)

    def counts(self) -> dict[str, int]:
        """Return the number of signatures in each state, and of additions."""
        counted = {s.value: sum(f.state is s for f in self.findings) for s in State}
        return counted | {"new": len(self.additions)}


def compare(catalogue: Catalogue, directory: DataDirectory) -> Drift:
    """Compare a catalogue with nmap's files."""
    findings = tuple(
        _finding(signature, rules.matcher, directory)
        for rules in catalogue.matcher_rules
        for signature in rules.signatures
        if signature.tool == "nmap"
    )
    return Drift(findings, (*new_probes(catalogue, directory), *new_strings(catalogue, directory)))


def _finding(signature: Signature, matcher: Matcher, directory: DataDirectory) -> Finding:
    state, detail = _verdict(signature, matcher, directory)
    if state in _DRIFTED and (signature.since or signature.until):
        # The installed version may be one that does not send it.
        words = [
            f"{word} {v}"
            for word, v in (("since", signature.since), ("until", signature.until))
            if v
        ]
        return Finding(signature, State.OTHER_VERSION, " ".join(words))
    return Finding(signature, state, detail)


def _verdict(signature: Signature, matcher: Matcher, directory: DataDirectory) -> tuple[State, str]:
    names = [name for name in re.split(r"[,;]?\s+", signature.source) if is_data_file(name)]
    if not names:
        return State.NOT_IN_A_FILE, "compiled into nmap"
    lua = [name for name in names if name not in (SERVICE_PROBES, PAYLOADS)]
    verdicts = []
    if len(lua) < len(names):
        verdicts.append(_among_probes(signature, matcher, directory, names))
    if lua:
        verdicts.append(_in_lua(signature, matcher, directory, lua))
    # One kind of file suffices.
    order = list(State)
    return min(verdicts, key=lambda verdict: order.index(verdict[0]))


def _among_probes(
    signature: Signature, matcher: Matcher, directory: DataDirectory, names: list[str]
) -> tuple[State, str]:
    """Search for a probe that the signature matches, in either file: nmap 7.94 merged them."""
    if not directory.probes:
        return State.FILE_MISSING, ", ".join(n for n in names if n in (SERVICE_PROBES, PAYLOADS))
    for name, probes in directory.probes.items():
        for probe in probes:
            if matches(signature, matcher, probe):
                return State.PRESENT, f"{name}: {probe.name}"
    for name, probes in directory.probes.items():
        for probe in probes:
            if resembles(signature, probe):
                return State.CHANGED, f"{name}: {probe.name} has other bytes"
    return State.REMOVED, "no probe has these bytes"


def _in_lua(
    signature: Signature, matcher: Matcher, directory: DataDirectory, names: list[str]
) -> tuple[State, str]:
    """Search for the signature's literals in its files, taken together."""
    files = {name: directory.source(name) for name in names}
    missing = ", ".join(name for name, source in files.items() if source is None)
    sources = [source for source in files.values() if source is not None]
    if not sources:
        return State.FILE_MISSING, missing
    if signature.source_strings:
        found = find_strings(signature.source_strings, sources)
    else:
        found = find_values(signature.match, matcher, sources)
    state = _state(found)
    if missing and state is not State.PRESENT:
        return State.FILE_MISSING, missing
    return state, _detail(found)


def _state(found: Occurrences) -> State:
    if not found.absent:
        return State.PRESENT if found.count else State.NOT_IN_A_FILE
    return State.CHANGED if found.count else State.REMOVED


def _detail(found: Occurrences) -> str:
    if found.absent:
        return "absent: " + ", ".join(repr(value) for value in found.absent)
    if found.partial:
        return "partial: " + ", ".join(repr(value) for value in found.partial)
    return "" if found.present else "built from numbers and pieces"
