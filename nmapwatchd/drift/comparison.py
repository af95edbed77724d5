"""Compares every signature with the files in which it was seen."""

import re
from dataclasses import dataclass
from enum import StrEnum

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.matcher import Matcher
from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.drift.directory import PAYLOADS, SERVICE_PROBES, DataDirectory, is_held
from nmapwatchd.drift.novelty import Novelty, new_probes, new_words
from nmapwatchd.drift.probing import holds, resembles
from nmapwatchd.drift.provenance import Traces, traces_of, traces_of_words


class State(StrEnum):
    """What has become of a signature's provenance."""

    STILL_THERE = "still there"
    CHANGED = "changed"
    GONE = "gone"
    FILE_MISSING = "file missing"
    OTHER_VERSION = "of another version"
    UNTOLD = "not told by a file"


_DRIFTED = frozenset((State.CHANGED, State.GONE, State.FILE_MISSING))


@dataclass(frozen=True, slots=True)
class Finding:
    """What has become of one signature, and by what that is told."""

    signature: Signature
    state: State
    detail: str


@dataclass(frozen=True, slots=True)
class Drift:
    """What has become of every signature, and what is new that looks like a mark."""

    findings: tuple[Finding, ...]
    novelties: tuple[Novelty, ...]

    @property
    def drifted(self) -> bool:
        """Whether anything is other than the catalogue says."""
        return bool(self.novelties) or any(f.state in _DRIFTED for f in self.findings)

    def counts(self) -> dict[str, int]:
        """Return how many signatures are in each state, and how many novelties there are."""
        counted = {s.value: sum(f.state is s for f in self.findings) for s in State}
        return counted | {"new": len(self.novelties)}


def compare(catalogue: Catalogue, directory: DataDirectory) -> Drift:
    """Compare a catalogue with nmap's files."""
    findings = tuple(
        _finding(row, chapter.matcher, directory)
        for chapter in catalogue.matcher_rules
        for row in chapter.signatures
        if row.tool == "nmap"
    )
    return Drift(findings, (*new_probes(catalogue, directory), *new_words(catalogue, directory)))


def _finding(row: Signature, matcher: Matcher, directory: DataDirectory) -> Finding:
    state, detail = _verdict(row, matcher, directory)
    if state in _DRIFTED and (row.since or row.until):
        # What came later, or went, is not there by rights.
        words = [f"{word} {v}" for word, v in (("since", row.since), ("until", row.until)) if v]
        return Finding(row, State.OTHER_VERSION, " ".join(words))
    return Finding(row, state, detail)


def _verdict(row: Signature, matcher: Matcher, directory: DataDirectory) -> tuple[State, str]:
    names = [name for name in re.split(r"[,;]?\s+", row.source) if is_held(name)]
    if not names:
        return State.UNTOLD, "compiled into nmap"
    lua = [name for name in names if name not in (SERVICE_PROBES, PAYLOADS)]
    verdicts = []
    if len(lua) < len(names):
        verdicts.append(_among_probes(row, matcher, directory, names))
    if lua:
        verdicts.append(_in_lua(row, matcher, directory, lua))
    # Told by either kind of file is told.
    order = list(State)
    return min(verdicts, key=lambda verdict: order.index(verdict[0]))


def _among_probes(
    row: Signature, matcher: Matcher, directory: DataDirectory, names: list[str]
) -> tuple[State, str]:
    """Look for a probe that the signature tells; nmap 7.94 joined its two files of probes."""
    if not directory.probes:
        return State.FILE_MISSING, ", ".join(n for n in names if n in (SERVICE_PROBES, PAYLOADS))
    for name, probes in directory.probes.items():
        for probe in probes:
            if holds(row, matcher, probe):
                return State.STILL_THERE, f"{name}: {probe.name}"
    for name, probes in directory.probes.items():
        for probe in probes:
            if resembles(row, probe):
                return State.CHANGED, f"{name}: {probe.name} has other bytes"
    return State.GONE, "no probe has these bytes"


def _in_lua(
    row: Signature, matcher: Matcher, directory: DataDirectory, names: list[str]
) -> tuple[State, str]:
    """Look for the signature's literals in the files that it names, taken together."""
    there = {name: directory.source(name) for name in names}
    missing = ", ".join(name for name, source in there.items() if source is None)
    sources = [source for source in there.values() if source is not None]
    if not sources:
        return State.FILE_MISSING, missing
    if row.source_strings:
        traces = traces_of_words(row.source_strings, sources)
    else:
        traces = traces_of(row.match, matcher, sources)
    state = _state(traces)
    if missing and state is not State.STILL_THERE:
        return State.FILE_MISSING, missing
    return state, _detail(traces)


def _state(traces: Traces) -> State:
    if not traces.absent:
        return State.STILL_THERE if traces.found else State.UNTOLD
    return State.CHANGED if traces.found else State.GONE


def _detail(traces: Traces) -> str:
    if traces.absent:
        return "not there: " + ", ".join(repr(value) for value in traces.absent)
    if traces.in_part:
        return "in part: " + ", ".join(repr(value) for value in traces.in_part)
    return "" if traces.there else "built from numbers and pieces"
