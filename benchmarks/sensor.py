"""Runs a variant of nmapwatchd: another catalogue, open windows, a display filter in tshark."""

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

from benchmarks.synthetic import catalogue_of_size
from nmapwatchd.capture.file_source import file_source
from nmapwatchd.capture.pipeline import CapturePipeline
from nmapwatchd.capture.tshark_install import find_tshark
from nmapwatchd.core.alert import Alert
from nmapwatchd.core.attribution.allowlist import Allowlist
from nmapwatchd.core.counters import Counters
from nmapwatchd.core.engine import Engine
from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.detector import SignatureDetector
from nmapwatchd.core.observation import Observation, Transport
from nmapwatchd.core.windows.table import WindowPolicy
from nmapwatchd.exports.wireshark import wireshark
from nmapwatchd.filters.compiled import CompiledFilters, compile_filters
from nmapwatchd.matchers import MATCHERS
from nmapwatchd.signatures.loader import shipped_catalogue

# Scanners that occur in no capture.
_FIRST_SCANNER = int(IPv4Address("172.16.0.0"))
_OPENER = "http.nse-user-agent"
_PROBE = b"GET / HTTP/1.1\r\nUser-Agent: Mozilla/5.0 (compatible; Nmap Scripting Engine)\r\n\r\n"
# Seconds that windows stay open: longer than any capture.
_FOREVER = 86_400


def main() -> None:
    """Replay a capture; print source and port of each detection, then the seconds it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("capture", type=Path)
    parser.add_argument("--signatures", type=int, default=0, help="0 for the bundled ones")
    parser.add_argument("--windows", type=int, default=0, help="windows open at the start")
    parser.add_argument(
        "--display-filter", action="store_true", help="use the catalogue's display filter in tshark"
    )
    options = parser.parse_args()
    catalogue = shipped_catalogue()
    if options.signatures:
        catalogue = catalogue_of_size(catalogue, options.signatures)
    filters = compile_filters(catalogue)
    if options.display_filter:
        text = wireshark(catalogue).rstrip()
        filters = replace(filters, dissection=replace(filters.dissection, display_filter=text))
    policy = WindowPolicy(
        seconds=_FOREVER if options.windows else 30,
        scans_per_minute=1_000_000,  # all windows open at once, and are no flood
    )
    opener = SignatureDetector(_opener(catalogue), policy.seconds)
    engine = Engine([opener], Allowlist(), policy, Counters())
    for observation in _scanners(options.windows, _first_second(options.capture)):
        engine.observe(observation)
    if engine.open_windows != options.windows:
        sys.exit(f"{engine.open_windows} windows are open, not {options.windows}")
    engine.reload([opener.reloaded(catalogue, policy.seconds)], Allowlist(), policy)
    start, start_cpu = time.monotonic(), _cpu()
    detected = asyncio.run(_replay(options.capture, filters, engine))
    seconds, cpu = time.monotonic() - start, _cpu() - start_cpu
    for source, port in sorted(detected):
        print(source, port)
    print(f"{seconds:.4f} s {cpu:.4f} s", file=sys.stderr)


def _cpu() -> float:
    """Return the processor seconds of this process and its reaped children."""
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _first_second(capture: Path) -> int:
    """Return the timestamp of a pcap file's first frame, seconds since the epoch."""
    with capture.open("rb") as file:
        return int.from_bytes(file.read(28)[24:], "little")


def _opener(catalogue: Catalogue) -> Catalogue:
    """Return a catalogue of the signature that opens windows, so that opening many is fast."""
    rows = [row for row in catalogue.signatures if row.id == _OPENER]
    return Catalogue.of(MATCHERS.values(), rows)


def _scanners(number: int, second: int) -> Iterator[Observation]:
    """Yield one request each of `number` scanners, at a packet time near the capture's."""
    for index in range(number):
        yield Observation(
            at=second * 1_000_000_000,
            interface="eth0",
            source=str(IPv4Address(_FIRST_SCANNER + index)),
            destination="10.88.0.1",
            source_port=40_000,
            destination_port=80,
            transport=Transport.TCP,
            payload=_PROBE,
            frame_hash=index + 1,
        )


async def _replay(capture: Path, filters: CompiledFilters, engine: Engine) -> set[tuple[str, int]]:
    alerts: list[Alert] = []
    with tempfile.TemporaryDirectory() as profile, capture.open("rb") as file:
        tshark = await find_tshark(filters.dissection.dissectors, Path(profile))
        source = file_source(str(capture), file, filters.kernel)
        pipeline = CapturePipeline(source, filters, tshark)
        await pipeline.open()
        async for batch in pipeline.observations():
            for observation in batch:
                alerts += engine.observe(observation).alerts
        await pipeline.end()
    alerts += [
        one for one in engine.drain().alerts if int(IPv4Address(one.source)) < _FIRST_SCANNER
    ]
    return {(alert.source, port) for alert in alerts for port in alert.ports}


if __name__ == "__main__":
    main()
