"""
Replays mutants of the goldens through the whole program: `python -m tests.replay_mutated COUNT`.

The invariant: every capture is read or refused by one sentence, in bounded time and memory; nobody
is blamed but who sent a frame of which a mutant was made, in a capture that alerted before. One
finding is none: of a raw packet of another tool's that differs from nmap's by a byte, such as
hping3's, a mutation can make nmap's.
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
from tests.mutations import mutated_file, mutated_frames, records_of, sender, written

PROGRAM = Path(sys.executable).with_name("nmapwatchd")
# Captures that one run of the program reads, and seconds that it may take for each: a whole one
# takes half a second, and a busy machine is slow.
BATCH = 40
SECONDS_EACH = 60.0
# Who asks for an address, as nmap's DHCP scripts do: it has none yet.
NO_ADDRESS = str(IPv4Address(0))
# Mutants in one capture: as many as make the program's start worth it.
MUTANTS = 20
# Bytes that no process may need: what the unit allows all of them together.
MEMORY = 1 << 30


@dataclass(frozen=True, slots=True)
class Mutant:
    """
    A mutated capture.

    Args:
        golden: of which it was made.
        path: where it is.
        mutants: how many captures it stands for.
        frames: that it holds; 0 where it is no capture any more.
        blamable: the addresses that an alert may name.
    """

    golden: Golden
    path: Path
    mutants: int
    frames: int
    blamable: frozenset[str]


@dataclass(slots=True)
class Findings:
    """What became of the mutants."""

    captures: int = 0
    mutants: int = 0
    frames: int = 0
    alerts: int = 0
    refused: int = 0
    faults: list[str] = field(default_factory=list)


def mutants_of(found: Sequence[Golden], dice: random.Random, folder: Path) -> Iterator[Mutant]:
    """Yield mutants for ever: of every second one the frames are mutated, of others the file."""
    number = 0
    while True:
        golden = dice.choice(found)
        whole = golden.path.read_bytes()
        records = records_of(whole)
        scanners = {record.sender for record in records if may_scan(golden, record.sender)}
        path = folder / f"{number}-{golden.path.stem}.pcap"
        number += 1
        if number % 2:
            mutated = mutated_frames(records, dice, MUTANTS)
            # Whoever a scanner's frame now says it came from.
            blamable = {sender(r.data) for r in mutated if r.sender in scanners}
            path.write_bytes(written(mutated))
            yield Mutant(golden, path, MUTANTS, len(mutated), frozenset(blamable))
        else:
            path.write_bytes(mutated_file(whole, dice))
            read = records_of(path.read_bytes())
            # Whoever sent nothing before may be who a scanner's frame now says it came from.
            innocent = {record.sender for record in records} - scanners
            blamable = {sender(r.data) for r in read} - innocent if scanners else set()
            yield Mutant(golden, path, 1, len(read), frozenset(blamable))


def may_scan(golden: Golden, address: str) -> bool:
    """Whether it is a decoy or the scanner, whose last number is one in IPv4, IPv6 and a VLAN."""
    number = golden.source.rpartition(".")[2]
    is_its_own = address.replace(":", ".").rpartition(".")[2] == number
    return bool(golden.expect) and (is_its_own or address in (NO_ADDRESS, *golden.decoys))


def look(mutants: Sequence[Mutant], findings: Findings) -> None:
    """Replay some mutants, and take note of what is not as it should be."""
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
            timeout=SECONDS_EACH * len(mutants),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        findings.faults.append(f"hangs in one of {[m.path.name for m in mutants]}")
        return
    if done.returncode not in {0, 1}:
        findings.faults.append(f"status {done.returncode}: {done.stderr[-2000:]}")
    said = [json.loads(line) for line in done.stdout.splitlines()]
    for mutant in mutants:
        if f"capture='{mutant.path}'" not in done.stderr:
            findings.faults.append(f"{mutant.path.name} was not replayed: {done.stderr[-2000:]}")
        for alert in said:
            who = alert["source"]["ip"]
            if alert["nmapwatchd"]["capture"] == str(mutant.path) and who not in mutant.blamable:
                findings.faults.append(f"{mutant.path}: {alert['message']}")
    findings.captures += len(mutants)
    findings.mutants += sum(mutant.mutants for mutant in mutants)
    findings.frames += sum(mutant.frames for mutant in mutants)
    findings.alerts += len(said)
    findings.refused += done.stderr.count("not read to its end")


def run(captures: int, seed: int, folder: Path) -> Findings:
    """Make so many mutated captures, and replay them."""
    findings = Findings()
    made = mutants_of(goldens(), random.Random(seed), folder)  # noqa: S311 - the same each time
    while findings.captures < captures and len(findings.faults) < 20:
        batch = [next(made) for _ in range(min(BATCH, captures - findings.captures))]
        faults = len(findings.faults)
        look(batch, findings)
        for mutant in batch:
            if len(findings.faults) == faults:  # otherwise they are kept, to be looked at
                mutant.path.unlink()
        print(f"{findings.captures} captures, {len(findings.faults)} faults", flush=True)
    if peak() > MEMORY:
        findings.faults.append(f"a process needed {peak() >> 20} MiB")
    return findings


def peak() -> int:
    """Return the most memory that one of the processes needed, bytes."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


def main(arguments: Sequence[str]) -> int:
    """Replay as many mutated captures as were asked for, from a seed."""
    captures, seed = int(arguments[0]), int(arguments[1]) if len(arguments) > 1 else 1
    folder = Path(tempfile.mkdtemp(prefix="nmapwatchd-mutants-"))
    began = time.monotonic()
    findings = run(captures, seed, folder)
    print("\n".join(findings.faults))
    print(
        f"seed {seed}: {findings.mutants} mutants in {findings.captures} captures, "
        f"{findings.frames} frames, {time.monotonic() - began:.0f} s: {findings.refused} not read "
        f"to their end, {findings.alerts} alerts, {len(findings.faults)} faults; "
        f"the largest process had {peak() >> 20} MiB"
    )
    if findings.faults:
        print(f"the captures are in {folder}")
        return 1
    folder.rmdir()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
