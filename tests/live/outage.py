"""
The long trouble of a collector: `python -m tests.live.outage down|killed SECONDS`.

A collector over TCP and another over TLS are down for so long, or are killed and started again all
the time, while real scans come; what they have at the end is compared with what was sent.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from benchmarks.journal import journal
from tests.lab.network import laid, wait_until
from tests.lab.server import running
from tests.lab.servers import BY_NAME as SERVERS
from tests.live.scanners import SCANS, addresses, assigned, nmap
from tests.live.service import Service, service
from tests.live.siem import (
    RECOVERY_SECONDS,
    all_closed,
    deliveries,
    histories,
    received,
    sent,
    siem,
    start,
)
from tests.sinks.collector import Collector

SOURCES = addresses(50, 6)
# Seconds between two scans: a collector that is killed all the time shall be so in many of them.
PAUSES = {"down": 200.0, "killed": 1.0}
# Seconds that a collector runs, or does not, before it is killed, or started again.
SPELL = 3.0


def down(found: Sequence[Collector], until: float) -> None:
    """Have collectors down until a moment."""
    for one in found:
        one.kill()
    time.sleep(max(0.0, until - time.monotonic()))
    for one in found:
        start(one)


def killed(found: Sequence[Collector], until: float) -> None:
    """Have collectors killed and started again until a moment."""
    times = 0
    while time.monotonic() < until:
        for one in found:
            one.kill()
        time.sleep(SPELL)
        for one in found:
            start(one)
        time.sleep(SPELL)
        times += 1
    print(f"killed {times} times", flush=True)


TROUBLES: dict[str, Callable[[Sequence[Collector], float], None]] = {"down": down, "killed": killed}


def agrees(name: str, found: Collector, sensor: Service) -> bool:
    """Print what a collector has of what was sent, and tell whether it is all, in order."""
    said, came = sent(sensor), deliveries(found)
    twice = len(came) - len(set(came))
    all_there, in_order = set(came) == set(said), histories(came) == histories(said)
    print(
        f"{name}: {len(said)} alerts of {len({alert.event_id for alert in said})} scans sent, "
        f"{len(set(came))} received, {twice} of them a second time; "
        f"{'the same' if all_there else 'NOT THE SAME'} by id, "
        f"{'in' if in_order else 'OUT OF'} order of each scanner",
        flush=True,
    )
    return all_there and in_order


def main(trouble: str, seconds: float) -> int:
    """Make trouble; the exit status is 1 where an alert was lost, or came out of order."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nmapwatchd-outage-")))
        folder.chmod(0o755)
        network = stack.enter_context(laid())
        stack.enter_context(assigned(network, SOURCES))
        stack.enter_context(running(network, [SERVERS["nginx"], SERVERS["openssh"]]))
        journald = stack.enter_context(journal())
        siems = {
            name: stack.enter_context(siem(network, folder / name, name == "tls"))
            for name in ("tcp", "tls")
        }
        tables = "".join(table for _, table in siems.values())
        found = [one for one, _ in siems.values()]
        window = "[window]\nseconds = 5\n"  # so that one scan is said more than once
        sensor = stack.enter_context(
            service(network.tap, journald, folder, window=window, siem=tables)
        )
        until = time.monotonic() + seconds
        pool = stack.enter_context(ThreadPoolExecutor(1))
        outage = pool.submit(TROUBLES[trouble], found, until)
        scans = 0
        while not outage.done():
            nmap(network, SOURCES[scans % len(SOURCES)], SCANS[scans % len(SCANS)])
            scans += 1
            sensor.notified("")
            print(f"{scans} scans, {len(sensor.scans)} alerts", flush=True)
            pause = time.monotonic() + PAUSES[trouble]
            while time.monotonic() < pause and not outage.done():
                time.sleep(1)
        outage.result()
        wait_until(lambda: all_closed(sent(sensor)), "the end of every scan", RECOVERY_SECONDS)
        wait_until(
            lambda: all(received(one) >= {*sent(sensor)} for one in found), "all", RECOVERY_SECONDS
        )
        sensor.wait_notified("STATUS=")
        lost = "messages lost" in "".join(sensor.notifications)
        fine = [agrees(name, one, sensor) for name, (one, _) in siems.items()]
        print((folder / "log").read_text(), end="")
    return int(lost or not all(fine))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2])))
