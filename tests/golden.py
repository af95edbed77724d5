"""Golden captures, and what the sensor says of each: `python -m tests.golden` writes that down."""

import asyncio
import json
import os
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import nmapwatchd
from nmapwatchd.core.alert import Alert
from nmapwatchd.core.roster import Roster
from nmapwatchd.core.tally import Tally
from nmapwatchd.core.windows import WindowPolicy
from nmapwatchd.replay import Replay
from nmapwatchd.signature_files import shipped_catalogue

FOLDER = Path(__file__).with_name("goldens")
# What the package knows of them: the signatures that some capture of real nmap shows.
SEEN = Path(nmapwatchd.__file__).parent / "signatures" / "seen_on_the_wire.txt"


@dataclass(frozen=True, slots=True)
class Golden:
    """
    A capture that the lab recorded.

    Args:
        path: the capture; what is known of it stands beside it.
        source: the address of the host that scans, or of the ordinary client.
        expect: the signatures that its alerts name, in order of the alphabet.
    """

    path: Path
    source: str
    expect: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its folder (nmap, edited, clients, tools) and name."""
        return f"{self.path.parent.name}/{self.path.stem}"


def goldens(folder: str = "*") -> list[Golden]:
    """Return the goldens of a folder, or all."""
    found = []
    for path in sorted(FOLDER.glob(f"{folder}/*.pcap")):
        facts = tomllib.loads(path.with_suffix(".toml").read_text())
        found.append(Golden(path, facts["source"], tuple(facts["expect"])))
    return found


def replayed(captures: Iterable[Golden], threshold: int = 0) -> dict[str, list[Alert]]:
    """Return the alerts of each golden, by its name; with another threshold than the default."""
    policy = WindowPolicy(threshold=threshold) if threshold else WindowPolicy()

    async def replay_all() -> dict[str, list[Alert]]:
        replay = Replay(shipped_catalogue(), Roster(), policy)
        turn = asyncio.Semaphore(os.cpu_count() or 1)

        async def one(golden: Golden) -> list[Alert]:
            async with turn:
                return [alert async for alert in replay.alerts(str(golden.path), Tally())]

        try:
            every = list(captures)
            said = await asyncio.gather(*map(one, every))
            return {golden.name: alerts for golden, alerts in zip(every, said, strict=True)}
        finally:
            replay.close()

    return asyncio.run(replay_all())


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
