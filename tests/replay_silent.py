"""
Replays captures on which the sensor must stay silent: `python -m tests.replay_silent FOLDER...`.

Prints each file that gives an alert, and each that cannot be read; exits with 1 if any alerted.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from nmapwatchd.commands.replay import Replay
from nmapwatchd.core.alert import Alert
from nmapwatchd.core.attribution.allowlist import Allowlist
from nmapwatchd.core.counters import Counters
from nmapwatchd.core.windows.table import WindowPolicy
from nmapwatchd.errors import CaptureError
from nmapwatchd.formats.summary import summarise
from nmapwatchd.signatures.loader import shipped_catalogue


async def replay_all(captures: Sequence[Path]) -> tuple[int, int]:
    """Replay captures; return how many alerted, and how many could not be read to their end."""
    replay = Replay(shipped_catalogue(), Allowlist(), WindowPolicy())
    turn = asyncio.Semaphore(os.cpu_count() or 1)
    alerted = unread = 0

    async def one(capture: Path) -> None:
        nonlocal alerted, unread
        said: list[Alert] = []
        counters = Counters()
        async with turn:
            try:
                async for alert in replay.alerts(str(capture), counters):
                    said.append(alert)  # noqa: PERF401 - what came before an error counts
            except CaptureError as error:
                unread += 1
                print(f"not read to its end: {error}", flush=True)
        if said:
            alerted += 1
            print(f"ALERT {capture.name}: {summarise(said[-1])}", flush=True)
        elif counters.sightings:
            print(
                f"{capture.name}: {counters.sightings} sightings, too few for an alert", flush=True
            )

    try:
        await asyncio.gather(*map(one, captures))
    finally:
        replay.close()
    return alerted, unread


def main(folders: Sequence[str]) -> int:
    """Replay every file of some folders."""
    captures = sorted(
        path
        for folder in folders
        for path in Path(folder).rglob("*")
        if path.suffix in {".cap", ".pcap", ".pcapng"}
    )
    if not captures:
        print("no captures there", file=sys.stderr)
        return 2
    alerted, unread = asyncio.run(replay_all(captures))
    print(f"{len(captures)} captures: {alerted} gave alerts, {unread} were not read to their end")
    return int(alerted > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
