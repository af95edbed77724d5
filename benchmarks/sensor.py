"""The sensor as no command runs it: other catalogues, windows already open, a display filter."""

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

# Scanners that no capture holds.
_FIRST_SCANNER = int(IPv4Address("172.16.0.0"))
_OPENER = "http.nse-user-agent"
_PROBE = b"GET / HTTP/1.1\r\nUser-Agent: Mozilla/5.0 (compatible; Nmap Scripting Engine)\r\n\r\n"
# Seconds that windows stay open: longer than any capture.
_FOREVER = 86_400


def main() -> None:
    """Read a capture and print who was told, one source and port a line; then what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("capture", type=Path)
    parser.add_argument("--signatures", type=int, default=0, help="0: those that are shipped")
    parser.add_argument("--windows", type=int, default=0, help="open before the first frame")
    parser.add_argument(
        "--display-filter", action="store_true", help="the catalogue's, in front of tshark's output"
    )
    options = parser.parse_args()
    catalogue = shipped_catalogue()
    if options.signatures:
        catalogue = catalogue_of_size(catalogue, options.signatures)
    sieve = compile_filters(catalogue)
    if options.display_filter:
        text = wireshark(catalogue).rstrip()
        sieve = replace(sieve, dissection=replace(sieve.dissection, display_filter=text))
    policy = WindowPolicy(seconds=_FOREVER if options.windows else 30)
    opener = SignatureDetector(_opener(catalogue), policy.seconds)
    engine = Engine([opener], Allowlist(), policy, Counters())
    for seen in _scanners(options.windows, _first_second(options.capture)):
        engine.observe(seen)
    if engine.open_windows != options.windows:
        sys.exit(f"{engine.open_windows} windows are open, not {options.windows}")
    engine.reload([opener.reloaded(catalogue, policy.seconds)], Allowlist(), policy)
    began, spent = time.monotonic(), _cpu()
    told = asyncio.run(_told(options.capture, sieve, engine))
    seconds, cpu = time.monotonic() - began, _cpu() - spent
    for source, port in sorted(told):
        print(source, port)
    print(f"{seconds:.4f} s {cpu:.4f} s", file=sys.stderr)


def _cpu() -> float:
    """Return the processor seconds of this process and of its children that have ended."""
    every = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in every)


def _first_second(capture: Path) -> int:
    """Return when a pcap file's first frame was captured."""
    with capture.open("rb") as file:
        return int.from_bytes(file.read(28)[24:], "little")


def _opener(catalogue: Catalogue) -> Catalogue:
    """Return the one signature that opens windows, so that opening many is soon done."""
    rows = [row for row in catalogue.signatures if row.id == _OPENER]
    return Catalogue.of(MATCHERS.values(), rows)


def _scanners(number: int, second: int) -> Iterator[Observation]:
    """Yield one request of each of so many scanners, at a time near the capture's."""
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


async def _told(capture: Path, sieve: CompiledFilters, engine: Engine) -> set[tuple[str, int]]:
    alerts: list[Alert] = []
    with tempfile.TemporaryDirectory() as profile, capture.open("rb") as file:
        tools = await find_tshark(sieve.dissection.dissectors, Path(profile))
        source = file_source(str(capture), file, sieve.kernel)
        pipeline = CapturePipeline(source, sieve, tools)
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
