"""Golden captures, and what the sensor says of each: `python -m tests.golden` writes that down."""

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
# What the package knows of them: the signatures that some capture of real nmap shows.
SEEN = Path(nmapwatchd.__file__).parent / "signatures" / "seen_on_the_wire.txt"
_DAY = 86_400  # seconds: no scan of a golden lasts so long


@dataclass(frozen=True, slots=True)
class Golden:
    """
    A capture that the lab recorded.

    Args:
        path: the capture; what is known of it stands beside it.
        source: the address of the host that scans, or of the ordinary client.
        expect: the signatures that its alerts name, in order of the alphabet.
        decoys: addresses in whose name a scanner sent, beside its own.
    """

    path: Path
    source: str
    expect: tuple[str, ...]
    decoys: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its folder (nmap, edited, clients, tools) and name."""
        return f"{self.path.parent.name}/{self.path.stem}"


def goldens(folder: str = "*") -> list[Golden]:
    """Return the goldens of a folder, or all."""
    found = []
    for path in sorted(FOLDER.glob(f"{folder}/*.pcap")):
        facts = tomllib.loads(path.with_suffix(".toml").read_text())
        decoys = tuple(facts.get("decoys", ()))
        found.append(Golden(path, facts["source"], tuple(facts["expect"]), decoys))
    return found


def replayed(captures: Iterable[Golden], threshold: int = 0) -> dict[str, list[Alert]]:
    """
    Return the alerts of each golden, by its name; with another threshold than the default.

    All go through one tshark, whose start takes longer than most of them, a day apart; each has an
    engine of its own.
    """
    every = list(captures)
    catalogue = shipped_catalogue()
    policy = WindowPolicy(threshold=threshold) if threshold else WindowPolicy()
    engines = [
        Engine([SignatureDetector(catalogue, policy.seconds)], Allowlist(), policy, Counters())
        for _ in every
    ]
    alerts: dict[str, list[Alert]] = {golden.name: [] for golden in every}
    for seen in asyncio.run(_observed(joined(every), compile_filters(catalogue))):
        day = seen.at // (_DAY * 10**9)
        alerts[every[day].name] += engines[day].observe(seen).alerts
    for golden, engine in zip(every, engines, strict=True):
        alerts[golden.name] += engine.drain().alerts
    return alerts


async def _observed(capture: bytes, sieve: CompiledFilters) -> list[Observation]:
    with TemporaryDirectory() as profile, TemporaryFile() as file:
        file.write(capture)
        file.seek(0)
        tools = await find_tshark(sieve.dissection.dissectors, Path(profile))
        source = file_source("goldens", file, sieve.kernel)
        pipeline = CapturePipeline(source, sieve, tools)
        await pipeline.open()
        found = [seen async for batch in pipeline.observations() for seen in batch]
        await pipeline.end()
        return found


def joined(captures: Iterable[Golden]) -> bytes:
    """Return one capture of all, each on a day of its own, from the first day of 1970 on."""
    records = []
    for day, golden in enumerate(captures):
        found = records_of(golden.path.read_bytes())
        shift = day * _DAY - found[0].seconds
        records += [replace(record, seconds=record.seconds + shift) for record in found]
    return written(records)


def named(alerts: Iterable[Alert]) -> tuple[str, ...]:
    """Return the signatures that some alerts name."""
    return tuple(sorted({rule.id for alert in alerts for rule in alert.rules}))


def seen_on_the_wire() -> str:
    """Return the signatures that captures of real nmap name, a line each."""
    named_by_nmap = {signature for golden in goldens("nmap*") for signature in golden.expect}
    return "".join(f"{signature}\n" for signature in sorted(named_by_nmap))


def main() -> int:
    """Write down what the sensor says of each golden; the difference is for the author to read."""
    found = goldens()
    for golden, alerts in zip(found, replayed(found).values(), strict=True):
        sidecar = golden.path.with_suffix(".toml")
        kept = [line for line in sidecar.read_text().splitlines() if not line.startswith("expect ")]
        sidecar.write_text("\n".join([*kept, f"expect = {json.dumps(list(named(alerts)))}", ""]))
        if named(alerts) != golden.expect:
            print(f"{golden.name}: {', '.join(named(alerts)) or 'nothing'}")
    SEEN.write_text(seen_on_the_wire())
    return 0


if __name__ == "__main__":
    sys.exit(main())
