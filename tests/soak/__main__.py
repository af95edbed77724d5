"""
Soak test: `python -m tests.soak MINUTES MILLIONS`.

The service runs for MINUTES under a load of thousands of candidates per second, while its tshark is
replaced every few seconds; then the engine processes MILLIONS of candidates.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.soak import core, live
from tests.soak.samples import MEBIBYTE, Sample, grown, table

GROWTH = 4 * MEBIBYTE  # bytes: small, so that tshark is replaced every few seconds
# Candidates per second of each kind: together they use three fifths of the service's processor on a
# machine of two, the other of which its children and the senders share.
LOAD_RATE, DATAGRAM_RATE, REQUEST_RATE = 1_000, 10_000, 20


def is_flat(name: str, samples: Sequence[Sample]) -> bool:
    """Print the samples, and return whether nothing grew."""
    growth = grown(samples)
    print(f"{name}:\n{table(samples)}")
    print(f"{name}: grew: {growth}" if growth else f"{name}: flat", flush=True)
    return not growth


def main(arguments: Sequence[str]) -> int:
    """Soak; return 1 if something grew, or a request was lost or counted twice, otherwise 0."""
    minutes, millions = map(float, arguments)
    is_passed = True
    if minutes:
        with tempfile.TemporaryDirectory(prefix="nmapwatchd-soak-") as folder:
            soaked = live.soak(
                Path(folder),
                minutes * 60,
                GROWTH,
                load_rate=LOAD_RATE,
                request_rate=REQUEST_RATE,
                datagram_rate=DATAGRAM_RATE,
            )
        lost = [n for n, source in enumerate(soaked.sources) if not soaked.sightings[source]]
        twice = sum(soaked.sightings[source] > 1 for source in soaked.sources)
        dropped = soaked.counts["kernel_drops"]
        is_passed = is_flat("service", soaked.samples) and not len(lost) + twice + dropped
        print(
            f"{len(soaked.sources)} test requests: {len(lost)} lost, {twice} counted twice; "
            f"{dropped} frames dropped by the kernel\n{soaked.counts}"
        )
        if lost:
            print(f"lost in the seconds {sorted({number // REQUEST_RATE for number in lost})}")
    if millions:
        samples, counters = core.soak(millions)
        is_passed = is_flat("core", samples) and is_passed
        print({name: count for name, count in counters.counts().items() if count})
    return int(not is_passed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
