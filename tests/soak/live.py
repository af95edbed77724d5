"""Soaks the service under a steady load, while its tshark is replaced every few seconds."""

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
from tests.soak.samples import Sample, take_sample

# Runs the service with another growth limit of tshark: the first argument, bytes.
SERVICE = """
import sys
from nmapwatchd.capture import health
from nmapwatchd.cli import main
health.MEMORY_GROWTH = int(sys.argv.pop(1))
sys.exit(main())
"""
# Frames of the load until it repeats, each of its own connection, so that tshark's conversation
# tables grow.
LOAD_FRAMES = 120_000
# Few enough that each source's window reaches its limits within minutes.
LOAD_SOURCES = 30
SCANNER = bytes((10, 77, 0, 5))  # the scanner's address in the goldens
# The cheapest candidate: one datagram, of recurring conversations, from enough sources that none
# exceeds the flood limit.
DATAGRAM = b"help\r\n\r\n"
DATAGRAM_SOURCES, DATAGRAM_PORTS = 150, 4
DATAGRAMS = 60_000
# Datagrams per wake-up of tcpreplay: waiting for each would cost more than sending it.
DATAGRAM_BURST = 10
# So many scans are reported one by one, as no flood.
WINDOW = "[window]\nscans_per_minute = 1000000\n"
REQUEST = b"GET /%d HTTP/1.1\r\nHost: x\r\nUser-Agent: Nmap Scripting Engine\r\n\r\n"
# Seconds until the last frames are processed.
SETTLE_SECONDS = 5.0

_CANDIDATES = re.compile(r"(\d+) dropped, (\d+) candidates")


@dataclass(frozen=True, slots=True)
class Soaked:
    """
    The result of a soak test.

    Args:
        samples: the service's resources.
        sources: source addresses of the test requests, one for each.
        sightings: sightings that were reported of each source.
        counts: the sensor's counters.
    """

    samples: list[Sample]
    sources: list[str]
    sightings: Counter[str]
    counts: dict[str, int]


def load(folder: Path) -> Path:
    """Write the payloads of nmap's scans as a capture, from many sources and ports."""
    payloads = [
        (Transport.TCP if data[23] == 6 else Transport.UDP, payload)
        for golden in goldens("nmap")
        for data in (record.data for record in records_of(golden.path.read_bytes()))
        if data[12:14] == b"\x08\x00"
        and data[23] in (6, 17)
        and data[26:30] == SCANNER
        and len(data) > 46  # a fragment's header may be truncated
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
    """Return the transport payload of an IPv4 frame without options; b"" for a fragment."""
    if len(data) < 54 or data[20] & 0x3F or data[21]:
        return b""
    end = 14 + int.from_bytes(data[16:18], "big")
    return data[34 + (data[46] >> 4) * 4 if data[23] == 6 else 42 : end]


def datagrams(folder: Path) -> Path:
    """Write a capture of datagrams that cost the sensor little and do not make tshark grow."""
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


def numbered_requests(folder: Path, count: int) -> tuple[Path, list[str]]:
    """Write a capture of numbered test requests, each from its own source; return the sources."""
    sources = [str(ip_address(int(ip_address("10.128.0.0")) + n)) for n in range(count)]
    frames = (frame(REQUEST % n, source=source, number=n) for n, source in enumerate(sources))
    return write_capture(folder / "requests.pcap", frames), sources


def soak(
    folder: Path,
    seconds: float,
    growth: int,
    *,
    load_rate: int,
    request_rate: int,
    datagram_rate: int = 0,
    sample_seconds: float = 10.0,
) -> Soaked:
    """
    Run the service under load.

    Args:
        folder: an empty directory.
        seconds: duration.
        growth: bytes that a tshark may grow before it is replaced.
        load_rate: candidates of the load per second.
        request_rate: test requests per second.
        datagram_rate: datagrams that do not make tshark grow, per second.
        sample_seconds: seconds between two samples.
    """
    requests, sources = numbered_requests(folder, int(seconds * request_rate))
    temporary = folder / "tmp"
    temporary.mkdir()
    folder.chmod(0o755)  # tshark runs as another user
    program = ("env", f"TMPDIR={temporary}", sys.executable, "-c", SERVICE, str(growth))
    tcpreplay = ["tcpreplay", "--quiet", "--timer=nano", f"--intf1={INTERFACE}"]
    commands = [
        [*tcpreplay, f"--pps={request_rate}", str(requests)],
        [*tcpreplay, f"--pps={load_rate}", "--loop=0", str(load(folder))],
    ]
    if datagram_rate:
        burst = [f"--pps={datagram_rate}", f"--pps-multi={DATAGRAM_BURST}"]
        options = [*burst, "--preload-pcap", "--loop=0"]
        commands.append([*tcpreplay, *options, str(datagrams(folder))])
    # The journal last: its mount namespace must include the cable's network namespaces.
    with cable() as wire, journal() as journald:
        with service(wire.tap, journald, folder, program, window=WINDOW) as sensor:
            start, samples = time.monotonic(), list[Sample]()
            senders = [
                subprocess.Popen(inside(wire.sender, command), stdout=subprocess.DEVNULL)
                for command in commands
            ]
            try:
                while senders[0].poll() is None:
                    time.sleep(min(sample_seconds, seconds))
                    samples.append(_sample(sensor, folder, time.monotonic() - start))
                    print(samples[-1], flush=True)
            finally:
                for sender in senders:
                    sender.kill()
                    sender.wait()
            time.sleep(SETTLE_SECONDS)
        return Soaked(samples, sources, sightings(sensor, set(sources)), last_counts(sensor))


def last_counts(sensor: Service) -> dict[str, int]:
    """Return the counters of the sensor's last event."""
    with sensor.alerts_file.open() as lines:  # the file may not fit in memory
        events = [line for line in lines if '"action":"sensor-' in line]
    counts: dict[str, int] = json.loads(events[-1])["nmapwatchd"]["counters"]
    return counts


def _sample(sensor: Service, folder: Path, seconds: float) -> Sample:
    sensor.notified("")
    matches = [match for text in sensor.notifications if (match := _CANDIDATES.search(text))]
    del sensor.notifications[:]
    replaced = (folder / "log").read_text().count("tshark memory limit reached")
    dropped, candidates = map(int, matches[-1].groups()) if matches else (0, 0)
    sample = take_sample(sensor.process.pid, seconds, candidates, folder / "tmp")
    return replace(sample, dropped=dropped, replaced=replaced)


def sightings(sensor: Service, sources: set[str]) -> Counter[str]:
    """Return the number of sightings by source; the last alert of a scan counts all of its own."""
    last: dict[str, int] = {}
    total: Counter[str] = Counter()
    with sensor.alerts_file.open() as lines:
        for line in lines:
            source = line.partition('"source":{"ip":"')[2].partition('"')[0]
            if source in sources:
                event = line.partition('"id":"')[2].partition('"')[0]
                last[f"{source} {event}"] = int(line.partition('"sightings":')[2].partition(",")[0])
    for name, count in last.items():
        total[name.partition(" ")[0]] += count
    return total
