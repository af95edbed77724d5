"""
A long outage of collectors: `python -m tests.live.outage down|killed SECONDS`.

A collector over TCP and one over TLS are down, or repeatedly killed and restarted, for that long
while real scans go on. What they have received at the end is compared with what was emitted.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from benchmarks.journal import journal
from tests.lab.network import lab_network, wait_until
from tests.lab.server import running
from tests.lab.servers import BY_NAME as SERVERS
from tests.live.scanners import SCANS, addresses, assigned, nmap
from tests.live.service import Service, service
from tests.live.siem import (
    RECOVERY_SECONDS,
    all_closed,
    deliveries,
    histories,
    opened,
    received,
    sent,
    siem,
    start,
)
from tests.sinks.collector import Collector

SOURCES = addresses(50, 6)
# Seconds between two scans: short if the collectors are killed, so that it happens in many scans.
PAUSES = {"down": 200.0, "killed": 1.0}
# Seconds that a killed collector is down, and that a restarted one runs.
PHASE_SECONDS = 3.0


def down(found: Sequence[Collector], until: float) -> None:
    """Keep collectors down until a time."""
    for one in found:
        one.kill()
    time.sleep(max(0.0, until - time.monotonic()))
    for one in found:
        start(one)


def killed(found: Sequence[Collector], until: float) -> None:
    """Kill and restart collectors until a time."""
    times = 0
    while time.monotonic() < until:
        for one in found:
            one.kill()
        time.sleep(PHASE_SECONDS)
        for one in found:
            start(one)
        time.sleep(PHASE_SECONDS)
        times += 1
    print(f"killed {times} times", flush=True)


TROUBLES: dict[str, Callable[[Sequence[Collector], float], None]] = {"down": down, "killed": killed}


def agrees(name: str, found: Collector, sensor: Service) -> bool:
    """Print how a collector's alerts compare; return whether all were received in order."""
    emitted, delivered = sent(sensor), deliveries(found)
    repeated = len(delivered) - len(set(delivered))
    all_there = set(delivered) == set(emitted)
    in_order = histories(delivered) == histories(emitted)
    print(
        f"{name}: {len(emitted)} alerts of {len(opened(emitted))} scans sent, "
        f"{len(set(delivered))} received, {repeated} of them repeatedly; "
        f"{'the same' if all_there else 'NOT THE SAME'} by id, "
        f"{'in' if in_order else 'OUT OF'} order of each scanner",
        flush=True,
    )
    return all_there and in_order


def main(trouble: str, seconds: float) -> int:
    """Run an outage; return 1 if an alert was lost or received out of order."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nmapwatchd-outage-")))
        folder.chmod(0o755)
        network = stack.enter_context(lab_network())
        stack.enter_context(assigned(network, SOURCES))
        stack.enter_context(running(network, [SERVERS["nginx"], SERVERS["openssh"]]))
        journald = stack.enter_context(journal())
        siems = {
            name: stack.enter_context(siem(network, folder / name, name == "tls"))
            for name in ("tcp", "tls")
        }
        tables = "".join(table for _, table in siems.values())
        found = [one for one, _ in siems.values()]
        window = "[window]\nseconds = 5\n"  # so that one scan has several alerts
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
        agreements = [agrees(name, one, sensor) for name, (one, _) in siems.items()]
        print((folder / "log").read_text(), end="")
    return int(lost or not all(agreements))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2])))
