"""Records scenarios as golden captures: python -m tests.lab.record [NAME...].

Some scenarios need further Debian packages: tests/live/packages-recording.txt.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from tests.lab.capture import captured, trim
from tests.lab.network import Network, lab_network
from tests.lab.play import NMAP, ScenarioFailedError, newer_nmap, play
from tests.lab.scenarios import ALL, EditedScan, OtherTool, Scan, Scenario
from tests.lab.server import running
from tests.lab.servers import BY_NAME

GOLDENS = Path(__file__).parents[1] / "goldens"
MAXIMUM_SIZE = 300_000  # bytes of a golden


def nmap_version(nmap: Sequence[str]) -> str:
    """Return the version of an nmap, without the suffix SVN of a build from its repository."""
    output = subprocess.run([*nmap, "--version"], check=True, capture_output=True, text=True).stdout
    return output.split()[2].removesuffix("SVN")


def folder(scenario: Scenario) -> Path:
    """Return the directory of a scenario's golden."""
    if isinstance(scenario, EditedScan):
        return GOLDENS / "edited"
    if isinstance(scenario, Scan):
        return GOLDENS / "nmap"
    return GOLDENS / ("tools" if isinstance(scenario, OtherTool) else "clients")


def sidecar(network: Network, scenario: Scenario, version: str) -> str:
    """Return the text of a golden's sidecar, with its command, servers and date."""
    is_scan = isinstance(scenario, Scan)
    values = {**network.placeholders(), "folder": "{folder}"}
    argv = [word.format_map(values) for word in scenario.argv]
    facts: dict[str, object] = {"command": ["nmap", *argv] if is_scan else argv}
    if isinstance(scenario, Scan):
        facts["family"] = scenario.family
        facts["nmap"] = version
        if isinstance(scenario, EditedScan):
            facts["edited"] = "strings and the window of a SYN"
        facts["source"] = network.scanner.ipv4
        if scenario.decoys:
            facts["decoys"] = list(scenario.decoys)
    else:
        facts["source"] = network.client.ipv4
    facts["servers"] = [
        BY_NAME[name].product or f"{name} (scripted responder)" for name in scenario.servers
    ]
    facts["date"] = dt.datetime.now(dt.UTC).date().isoformat()
    facts["expect"] = []
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in facts.items())


def anonymised(capture: bytes) -> bytes:
    """Return a capture in which the version of the recording machine's kernel is replaced."""
    kernel = platform.release().encode()
    return capture.replace(kernel, b"6.1.0-amd64".ljust(len(kernel), b"x")[: len(kernel)])


def record(
    network: Network, scenario: Scenario, nmap: Sequence[str], version: str, suffix: str
) -> Path:
    """Play a scenario against its servers, and write its capture and sidecar."""
    path = folder(scenario) / f"{scenario.name}{suffix}.pcap"
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = network.folder / "capture.pcap"
    with captured(network.tap, fresh):
        play(network, scenario, nmap)
    trim(fresh, MAXIMUM_SIZE)
    path.write_bytes(anonymised(fresh.read_bytes()))
    path.with_suffix(".toml").write_text(sidecar(network, scenario, version))
    return path


def report(message: str) -> None:
    """Print a message, unbuffered."""
    sys.stdout.write(f"{message}\n")
    sys.stdout.flush()


def attempt(
    network: Network, scenario: Scenario, nmap: Sequence[str], version: str, suffix: str
) -> bool:
    """Record a scenario, report the result, and return whether it failed."""
    start = time.monotonic()
    try:
        path = record(network, scenario, nmap, version, suffix)
    except (ScenarioFailedError, subprocess.TimeoutExpired) as error:
        report(f"not recorded: {error}")
        return True
    seconds = time.monotonic() - start
    report(f"{path.relative_to(GOLDENS)} {path.stat().st_size} bytes {seconds:.1f} s")
    return False


def selected(names: Sequence[str], newer: bool) -> Iterator[Scenario]:
    """Yield the named scenarios, or all; with a newer nmap only scans with `also_newer`."""
    for scenario in ALL:
        if newer and not (isinstance(scenario, Scan) and scenario.also_newer):
            continue
        if not names or scenario.name in names:
            yield scenario


def main(arguments: Sequence[str]) -> int:
    """Record scenarios; return 1 if one failed, otherwise 0."""
    parser = argparse.ArgumentParser(prog="record", description=__doc__)
    parser.add_argument("name", nargs="*")
    parser.add_argument("--newer", action="store_true", help="use the nmap below NMAP_OTHER_ROOT")
    options = parser.parse_args(arguments)
    nmap = newer_nmap() if options.newer else NMAP
    if not nmap:
        parser.error("NMAP_OTHER_ROOT is not set")
    version = nmap_version(nmap)
    suffix = f"-{version}" if options.newer else ""
    failed = False
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with lab_network() as network:
        for names, group in groupby(
            selected(options.name, options.newer), lambda found: found.servers
        ):
            with running(network, [BY_NAME[name] for name in names]):
                for scenario in group:
                    failed |= attempt(network, scenario, nmap, version, suffix)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
