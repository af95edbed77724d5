"""
The long soak: `python -m tests.soak MINUTES MILLIONS`.

The service runs for so many minutes under load, thousands of candidates a second, while its tshark
is replaced every few seconds; and the core takes in so many millions of candidates.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.soak import core, live
from tests.soak.samples import MEBIBYTE, Sample, grown, table

GROWTH = 4 * MEBIBYTE  # bytes, for tshark to be replaced every few seconds
# Candidates a second, of each kind: they keep three fifths of the service's one processor busy, of
# two that it shares with its children and with who sends them.
RATE, CHEAP, MARKED = 1_000, 10_000, 20


def flat(name: str, samples: Sequence[Sample]) -> bool:
    """Print what it was like, and tell whether nothing grew."""
    more = grown(samples)
    print(f"{name}:\n{table(samples)}")
    print(f"{name}: grew: {more}" if more else f"{name}: flat", flush=True)
    return not more


def main(arguments: Sequence[str]) -> int:
    """Soak; the exit status is 1 where something grew, or was lost or told twice."""
    minutes, millions = map(float, arguments)
    fine = True
    if minutes:
        with tempfile.TemporaryDirectory(prefix="nmapwatchd-soak-") as folder:
            soaked = live.soak(
                Path(folder), minutes * 60, GROWTH, rate=RATE, marked=MARKED, cheap=CHEAP
            )
        lost = [n for n, source in enumerate(soaked.marked) if not soaked.told[source]]
        twice = sum(soaked.told[source] > 1 for source in soaked.marked)
        dropped = soaked.counts["kernel_drops"]
        fine = flat("service", soaked.samples) and not len(lost) + twice + dropped
        print(
            f"{len(soaked.marked)} marked requests: {len(lost)} lost, {twice} counted twice; "
            f"{dropped} frames dropped by the kernel\n{soaked.counts}"
        )
        if lost:
            print(f"lost in the seconds {sorted({number // MARKED for number in lost})}")
    if millions:
        samples, counters = core.soak(millions)
        fine = flat("core", samples) and fine
        print({name: count for name, count in counters.counts().items() if count})
    return int(not fine)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
