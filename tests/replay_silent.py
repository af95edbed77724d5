"""
Replays captures that must not alert: `python -m tests.replay_silent DIRECTORY...`.

Prints each file that alerts, and each that cannot be read; the exit status is 1 if any alerted.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from nmapwatchd.commands.replay import Replay
from nmapwatchd.core.alert import Message
from nmapwatchd.core.attribution.allowlist import Allowlist
from nmapwatchd.core.counters import Counters
from nmapwatchd.core.windows.table import WindowPolicy
from nmapwatchd.errors import CaptureError
from nmapwatchd.formats.summary import summarise
from nmapwatchd.signatures.loader import shipped_catalogue


async def replay_all(captures: Sequence[Path]) -> tuple[int, int]:
    """Replay captures; return the numbers that alerted and that could not be read to their end."""
    replay = Replay(shipped_catalogue(), Allowlist(), WindowPolicy())
    slots = asyncio.Semaphore(os.cpu_count() or 1)
    alerted = unread = 0

    async def one(capture: Path) -> None:
        nonlocal alerted, unread
        alerts: list[Message] = []
        counters = Counters()
        async with slots:
            try:
                async for alert in replay.messages(str(capture), counters):
                    alerts.append(alert)  # noqa: PERF401 - alerts before an error count
            except CaptureError as error:
                unread += 1
                print(f"not read to its end: {error}", flush=True)
        if alerts:
            alerted += 1
            print(f"ALERT {capture.name}: {summarise(alerts[-1])}", flush=True)
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
    """Replay every capture below some directories."""
    captures = sorted(
        path
        for folder in folders
        for path in Path(folder).rglob("*")
        if path.suffix in {".cap", ".pcap", ".pcapng"}
    )
    if not captures:
        print("no captures found", file=sys.stderr)
        return 2
    alerted, unread = asyncio.run(replay_all(captures))
    print(f"{len(captures)} captures: {alerted} alerted, {unread} were not read to their end")
    return int(alerted > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
