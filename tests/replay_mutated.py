"""
Replays mutants of the goldens with the program: `python -m tests.replay_mutated COUNT`.

The invariant: every capture is read or rejected with one message, in bounded time and memory;
alerts name only sources of frames of which a mutant was made, in a capture that alerted before. One
kind of finding is not an error: a mutation can turn another tool's raw packet that differs from
nmap's by one byte, such as hping3's, into nmap's.
"""

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path

from tests.golden import Golden, goldens
from tests.mutations import mutated_file, mutated_frames, records_of, source_of, written

PROGRAM = Path(sys.executable).with_name("nmapwatchd")
# Captures per run of the program, and its timeout per capture, seconds: an undamaged one takes half
# a second, and a busy machine is slow.
BATCH = 40
SECONDS_PER_CAPTURE = 60.0
# Source address of nmap's DHCP scripts.
NO_ADDRESS = str(IPv4Address(0))
# Mutants per capture: the program's start takes longer than reading many.
MUTANTS = 20
# Limit of each process's memory, bytes: the unit file's limit of all processes together.
MEMORY = 1 << 30


@dataclass(frozen=True, slots=True)
class Mutant:
    """
    A mutated capture.

    Args:
        golden: the golden that it is a mutant of.
        path: its file.
        mutants: number of mutants in it.
        frames: number of frames in it; 0 if it is not a capture any more.
        expected_sources: source addresses that an alert may name.
    """

    golden: Golden
    path: Path
    mutants: int
    frames: int
    expected_sources: frozenset[str]


@dataclass(slots=True)
class Findings:
    """The results of replaying mutants."""

    captures: int = 0
    mutants: int = 0
    frames: int = 0
    alerts: int = 0
    rejected: int = 0
    errors: list[str] = field(default_factory=list)


def mutants_of(found: Sequence[Golden], dice: random.Random, folder: Path) -> Iterator[Mutant]:
    """Yield mutants endlessly, alternately of the frames and of the file."""
    number = 0
    while True:
        golden = dice.choice(found)
        whole = golden.path.read_bytes()
        records = records_of(whole)
        scanners = {record.source for record in records if may_scan(golden, record.source)}
        path = folder / f"{number}-{golden.path.stem}.pcap"
        number += 1
        if number % 2:
            mutated = mutated_frames(records, dice, MUTANTS)
            # The sources of the scanners' frames after the mutation.
            expected = {source_of(r.data) for r in mutated if r.source in scanners}
            path.write_bytes(written(mutated))
            yield Mutant(golden, path, MUTANTS, len(mutated), frozenset(expected))
        else:
            path.write_bytes(mutated_file(whole, dice))
            read = records_of(path.read_bytes())
            # A source that did not occur before may be that of a scanner's mutated frame.
            benign = {record.source for record in records} - scanners
            expected = {source_of(r.data) for r in read} - benign if scanners else set()
            yield Mutant(golden, path, 1, len(read), frozenset(expected))


def may_scan(golden: Golden, address: str) -> bool:
    """Return whether an address is the scanner's or a decoy's, by its last number."""
    number = golden.source.rpartition(".")[2]
    is_scanner = address.replace(":", ".").rpartition(".")[2] == number
    return bool(golden.expect) and (is_scanner or address in (NO_ADDRESS, *golden.decoys))


def replay(mutants: Sequence[Mutant], findings: Findings) -> None:
    """Replay some mutants, and record violations of the invariant."""
    command = [
        str(PROGRAM),
        "replay",
        "--output",
        "json",
        *(str(mutant.path) for mutant in mutants),
    ]
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True,
            timeout=SECONDS_PER_CAPTURE * len(mutants),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        findings.errors.append(f"hangs in one of {[m.path.name for m in mutants]}")
        return
    if done.returncode not in {0, 1}:
        findings.errors.append(f"status {done.returncode}: {done.stderr[-2000:]}")
    alerts = [json.loads(line) for line in done.stdout.splitlines()]
    for mutant in mutants:
        if f"capture='{mutant.path}'" not in done.stderr:
            findings.errors.append(f"{mutant.path.name} was not replayed: {done.stderr[-2000:]}")
        for alert in alerts:
            # The summary of a flood lists its sources.
            is_flood = alert["event"]["action"] == "scan-flood"
            named = alert["nmapwatchd"]["source"]["ip"] if is_flood else [alert["source"]["ip"]]
            is_expected = mutant.expected_sources.issuperset(named)
            if alert["nmapwatchd"]["capture"] == str(mutant.path) and not is_expected:
                findings.errors.append(f"{mutant.path}: {alert['message']}")
    findings.captures += len(mutants)
    findings.mutants += sum(mutant.mutants for mutant in mutants)
    findings.frames += sum(mutant.frames for mutant in mutants)
    findings.alerts += len(alerts)
    findings.rejected += done.stderr.count("not read to its end")


def run(captures: int, seed: int, folder: Path) -> Findings:
    """Make mutated captures, and replay them, until `captures` or too many errors."""
    findings = Findings()
    made = mutants_of(goldens(), random.Random(seed), folder)  # noqa: S311 - the same each time
    while findings.captures < captures and len(findings.errors) < 20:
        batch = [next(made) for _ in range(min(BATCH, captures - findings.captures))]
        errors = len(findings.errors)
        replay(batch, findings)
        for mutant in batch:
            if len(findings.errors) == errors:  # otherwise they are kept for inspection
                mutant.path.unlink()
        print(f"{findings.captures} captures, {len(findings.errors)} errors", flush=True)
    if peak() > MEMORY:
        findings.errors.append(f"a process needed {peak() >> 20} MiB")
    return findings


def peak() -> int:
    """Return the largest peak memory of the processes, bytes."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


def main(arguments: Sequence[str]) -> int:
    """Replay mutated captures: their number and optionally the seed are the arguments."""
    captures, seed = int(arguments[0]), int(arguments[1]) if len(arguments) > 1 else 1
    folder = Path(tempfile.mkdtemp(prefix="nmapwatchd-mutants-"))
    start = time.monotonic()
    findings = run(captures, seed, folder)
    print("\n".join(findings.errors))
    print(
        f"seed {seed}: {findings.mutants} mutants in {findings.captures} captures, "
        f"{findings.frames} frames, {time.monotonic() - start:.0f} s: {findings.rejected} not read "
        f"to their end, {findings.alerts} alerts, {len(findings.errors)} errors; "
        f"the largest process had {peak() >> 20} MiB"
    )
    if findings.errors:
        print(f"the captures are in {folder}")
        return 1
    folder.rmdir()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
