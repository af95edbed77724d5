"""Mutants of the goldens are read or rejected, and alerts name only their scanners."""

import random
from pathlib import Path

from tests.golden import goldens
from tests.mutations import mutated_file, mutated_frames, records_of, written
from tests.replay_mutated import run

SHORT = 24  # captures; `make mutants` replays thousands


def test_mutants_are_replayed_without_errors(tmp_path: Path) -> None:
    findings = run(SHORT, seed=11, folder=tmp_path)

    assert findings.errors == []
    assert findings.captures == SHORT
    assert findings.alerts  # most mutants of a scan are still one
    assert findings.rejected  # and some are not captures any more


def test_mutants_differ_from_the_original() -> None:
    (golden,) = (golden for golden in goldens("nmap") if golden.name == "nmap/aggressive-http")
    whole = golden.path.read_bytes()
    dice = random.Random(3)  # noqa: S311 - the same each time
    records = records_of(whole)

    assert records_of(written(records)) == records
    assert sum(mutated_frames(records, dice, 1) != records for _ in range(30)) > 15
    assert sum(mutated_file(whole, dice) != whole for _ in range(30)) > 20
