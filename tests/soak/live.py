"""Soaks the service: a tshark that is replaced every few seconds, under a steady load."""

import json
import re
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path

from benchmarks.journal import journal
from nmapwatchd.core.observation import Transport
from tests.frames import frame, write_capture
from tests.golden import goldens
from tests.lab.network import inside
from tests.live.cable import INTERFACE, cable
from tests.live.service import Service, service
from tests.mutations import records_of
from tests.soak.samples import Sample, look

# Runs the service with another growth that a tshark is allowed, the first argument, bytes.
SERVICE = """
import sys
from nmapwatchd.capture import health
from nmapwatchd.cli import main
health.MEMORY_GROWTH = int(sys.argv.pop(1))
sys.exit(main())
"""
# Frames of the load, each of its own connection, before they come again: what tshark remembers of
# them makes it grow.
LOAD_FRAMES = 120_000
# Each is sent everything within minutes, so that what is remembered of it is full.
LOAD_SOURCES = 30
SCANNER = bytes((10, 77, 0, 5))  # who scans in the goldens
# The cheapest candidate that there is: one datagram, of conversations that come again, from sources
# enough that none is loud.
DATAGRAM = b"help\r\n\r\n"
DATAGRAM_SOURCES, DATAGRAM_PORTS = 150, 4
DATAGRAMS = 60_000
AT_ONCE = 10
MARKED = b"GET /%d HTTP/1.1\r\nHost: x\r\nUser-Agent: Nmap Scripting Engine\r\n\r\n"
# Seconds until what was sent last has come through.
SETTLING = 5.0

_CANDIDATES = re.compile(r"(\d+) dropped, (\d+) candidates")


@dataclass(frozen=True, slots=True)
class Soaked:
    """
    What became of it.

    Args:
        samples: what the service was like meanwhile.
        marked: marked requests that were sent, each from a source of its own.
        told: how often each source was told of, and how many sightings there were of it.
        counts: what the sensor counted.
    """

    samples: list[Sample]
    marked: list[str]
    told: Counter[str]
    counts: dict[str, int]


def load(folder: Path) -> Path:
    """Write what nmap's scans send, from many sources, each time from another port."""
    payloads = [
        (Transport.TCP if data[23] == 6 else Transport.UDP, payload)
        for golden in goldens("nmap")
        for data in (record.data for record in records_of(golden.path.read_bytes()))
        if data[12:14] == b"\x08\x00"
        and data[23] in (6, 17)
        and data[26:30] == SCANNER
        and len(data) > 46  # a fragment's header may be cut
        if (payload := _payload(data))
    ]
    first = int(ip_address("10.96.0.0"))
    frames = (
        frame(
            payload,
            transport=transport,
            source=str(ip_address(first + n % LOAD_SOURCES)),
            ports=(1024 + n // LOAD_SOURCES * 7 % 60_000, 80 + n % 9),
            number=n,
        )
        for n in range(LOAD_FRAMES)
        for transport, payload in [payloads[n * 5 % len(payloads)]]
    )
    return write_capture(folder / "load.pcap", frames)


def _payload(data: bytes) -> bytes:
    """Return what a frame of IPv4 without options carries; nothing for one that is a fragment."""
    if len(data) < 54 or data[20] & 0x3F or data[21]:
        return b""
    end = 14 + int.from_bytes(data[16:18], "big")
    return data[34 + (data[46] >> 4) * 4 if data[23] == 6 else 42 : end]


def datagrams(folder: Path) -> Path:
    """Write datagrams that cost the sensor little, and make no tshark grow."""
    first = int(ip_address("10.97.0.0"))
    frames = (
        frame(
            DATAGRAM,
            transport=Transport.UDP,
            source=str(ip_address(first + n % DATAGRAM_SOURCES)),
            ports=(1024 + n // DATAGRAM_SOURCES % DATAGRAM_PORTS, 4000),
            number=n,
        )
        for n in range(DATAGRAMS)
    )
    return write_capture(folder / "datagrams.pcap", frames)


def marks(folder: Path, count: int) -> tuple[Path, list[str]]:
    """Write numbered requests, each from a source of its own."""
    sources = [str(ip_address(int(ip_address("10.128.0.0")) + n)) for n in range(count)]
    frames = (frame(MARKED % n, source=source, number=n) for n, source in enumerate(sources))
    return write_capture(folder / "marks.pcap", frames), sources


def soak(
    folder: Path,
    seconds: float,
    growth: int,
    *,
    rate: int,
    marked: int,
    cheap: int = 0,
    every: float = 10.0,
) -> Soaked:
    """
    Run the service under load.

    Args:
        folder: an empty one.
        seconds: for how long.
        growth: bytes that a tshark may grow before it is replaced.
        rate: candidates of the load, a second.
        marked: marked requests, a second.
        cheap: candidates that make no tshark grow, a second.
        every: seconds between two samples.
    """
    requests, sources = marks(folder, int(seconds * marked))
    temporary = folder / "tmp"
    temporary.mkdir()
    folder.chmod(0o755)  # tshark, which is another user, reads what is there
    program = ("env", f"TMPDIR={temporary}", sys.executable, "-c", SERVICE, str(growth))
    replayed = ["tcpreplay", "--quiet", "--timer=nano", f"--intf1={INTERFACE}"]
    commands = [
        [*replayed, f"--pps={marked}", str(requests)],
        [*replayed, f"--pps={rate}", "--loop=0", str(load(folder))],
    ]
    if cheap:
        # Several at once: to wait for each would cost more than to send it.
        often = [f"--pps={cheap}", f"--pps-multi={AT_ONCE}", "--preload-pcap", "--loop=0"]
        commands.append([*replayed, *often, str(datagrams(folder))])
    with cable() as wire, journal() as journald:  # who knows the cable's namespaces
        with service(wire.tap, journald, folder, program) as sensor:
            began, samples = time.monotonic(), list[Sample]()
            sending = [
                subprocess.Popen(inside(wire.sender, command), stdout=subprocess.DEVNULL)
                for command in commands
            ]
            try:
                while sending[0].poll() is None:
                    time.sleep(min(every, seconds))
                    samples.append(_sample(sensor, folder, time.monotonic() - began))
                    print(samples[-1], flush=True)
            finally:
                for one in sending:
                    one.kill()
                    one.wait()
            time.sleep(SETTLING)
        return Soaked(samples, sources, told(sensor, set(sources)), last_counts(sensor))


def last_counts(sensor: Service) -> dict[str, int]:
    """Return what the sensor had counted when it spoke of itself last."""
    with sensor.alerts_file.open() as lines:  # of which there may be more than fit in memory
        said = [line for line in lines if '"kind":"event"' in line]
    counts: dict[str, int] = json.loads(said[-1])["nmapwatchd"]["counts"]
    return counts


def _sample(sensor: Service, folder: Path, seconds: float) -> Sample:
    sensor.notified("")
    said = [found for text in sensor.notifications if (found := _CANDIDATES.search(text))]
    del sensor.notifications[:]
    replaced = (folder / "log").read_text().count("tshark memory limit reached")
    dropped, candidates = map(int, said[-1].groups()) if said else (0, 0)
    seen = look(sensor.process.pid, seconds, candidates, folder / "tmp")
    return replace(seen, dropped=dropped, replaced=replaced)


def told(sensor: Service, sources: set[str]) -> Counter[str]:
    """Return how often something was sighted, by source; the last alert of a scan counts all."""
    last: dict[str, int] = {}
    found: Counter[str] = Counter()
    with sensor.alerts_file.open() as lines:
        for line in lines:
            source = line.partition('"source":{"ip":"')[2].partition('"')[0]
            if source in sources:
                event = line.partition('"id":"')[2].partition('"')[0]
                last[f"{source} {event}"] = int(line.partition('"sightings":')[2].partition(",")[0])
    for name, sightings in last.items():
        found[name.partition(" ")[0]] += sightings
    return found
