"""Golden captures and their expected alerts: `python -m tests.golden` updates the expectations."""

import asyncio
import json
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

import nmapwatchd
from nmapwatchd.capture.file_source import file_source
from nmapwatchd.capture.pipeline import CapturePipeline
from nmapwatchd.capture.tshark_install import find_tshark
from nmapwatchd.core.alert import Alert
from nmapwatchd.core.attribution.allowlist import Allowlist
from nmapwatchd.core.counters import Counters
from nmapwatchd.core.engine import Engine
from nmapwatchd.core.matching.detector import SignatureDetector
from nmapwatchd.core.observation import Observation
from nmapwatchd.core.windows.table import WindowPolicy
from nmapwatchd.filters.compiled import CompiledFilters, compile_filters
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.mutations import records_of, written

FOLDER = Path(__file__).with_name("goldens")
# The list of signatures that a capture of real nmap matches, which the package contains.
SEEN = Path(nmapwatchd.__file__).parent / "signatures" / "seen_on_the_wire.txt"
DAY = 86_400  # seconds: longer than any golden


@dataclass(frozen=True, slots=True)
class Golden:
    """
    A capture that the lab recorded.

    Args:
        path: the capture; its sidecar has the same name with `.toml`.
        source: address of the scanner or of the ordinary client.
        expect: ids of the signatures in its alerts, sorted.
        decoys: addresses that the scanner spoofed as decoys.
    """

    path: Path
    source: str
    expect: tuple[str, ...]
    decoys: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its directory (nmap, edited, clients, tools) and name."""
        return f"{self.path.parent.name}/{self.path.stem}"


def goldens(folder: str = "*") -> list[Golden]:
    """Return the goldens of a directory, or all."""
    found = []
    for path in sorted(FOLDER.glob(f"{folder}/*.pcap")):
        facts = tomllib.loads(path.with_suffix(".toml").read_text())
        decoys = tuple(facts.get("decoys", ()))
        found.append(Golden(path, facts["source"], tuple(facts["expect"]), decoys))
    return found


def replayed(captures: Iterable[Golden], threshold: int = 0) -> dict[str, list[Alert]]:
    """
    Return the alerts of each golden, by its name.

    One tshark reads all of them, a day apart, because its start takes longer than most goldens;
    each has its own engine.

    Args:
        captures: the goldens.
        threshold: score at which a window opens; 0 for the default.
    """
    listed = list(captures)
    catalogue = shipped_catalogue()
    policy = WindowPolicy(threshold=threshold) if threshold else WindowPolicy()
    engines = [
        Engine([SignatureDetector(catalogue, policy.seconds)], Allowlist(), policy, Counters())
        for _ in listed
    ]
    alerts: dict[str, list[Alert]] = {golden.name: [] for golden in listed}
    for observation in asyncio.run(observed(joined(listed), compile_filters(catalogue))):
        day = observation.at // (DAY * 10**9)
        alerts[listed[day].name] += engines[day].observe(observation).alerts
    for golden, engine in zip(listed, engines, strict=True):
        alerts[golden.name] += engine.drain().alerts
    return alerts


async def observed(capture: bytes, filters: CompiledFilters) -> list[Observation]:
    """Return the observations of a capture."""
    with TemporaryDirectory() as profile, TemporaryFile() as file:
        file.write(capture)
        file.seek(0)
        tshark = await find_tshark(filters.dissection.dissectors, Path(profile))
        source = file_source("goldens", file, filters.kernel)
        pipeline = CapturePipeline(source, filters, tshark)
        await pipeline.open()
        observations = [one async for batch in pipeline.observations() for one in batch]
        await pipeline.end()
        return observations


def joined(captures: Iterable[Golden]) -> bytes:
    """Return one capture of all goldens, each on its own day from 1 January 1970."""
    records = []
    for day, golden in enumerate(captures):
        found = records_of(golden.path.read_bytes())
        shift = day * DAY - found[0].seconds
        records += [replace(record, seconds=record.seconds + shift) for record in found]
    return written(records)


def rule_ids(alerts: Iterable[Alert]) -> tuple[str, ...]:
    """Return the ids of the rules in some alerts, sorted."""
    return tuple(sorted({rule.id for alert in alerts for rule in alert.rules}))


def seen_on_the_wire() -> str:
    """Return the ids of the signatures that captures of real nmap match, one per line."""
    matched = {signature for golden in goldens("nmap*") for signature in golden.expect}
    return "".join(f"{signature}\n" for signature in sorted(matched))


def main() -> int:
    """Update every golden's expected signatures, and print those that change."""
    listed = goldens()
    for golden, alerts in zip(listed, replayed(listed).values(), strict=True):
        sidecar = golden.path.with_suffix(".toml")
        kept = [line for line in sidecar.read_text().splitlines() if not line.startswith("expect ")]
        sidecar.write_text("\n".join([*kept, f"expect = {json.dumps(list(rule_ids(alerts)))}", ""]))
        if rule_ids(alerts) != golden.expect:
            print(f"{golden.name}: {', '.join(rule_ids(alerts)) or 'nothing'}")
    SEEN.write_text(seen_on_the_wire())
    return 0


if __name__ == "__main__":
    sys.exit(main())
