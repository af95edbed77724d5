"""Many scanners, one address each, before one target."""

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

from tests.frames import frames_of, write_capture
from tests.live.lab.network import Network, inside, ip_in
from tests.live.test_running import scan
from tests.soak.live import marks

# What nmap is asked for; each runs a dozen of its scripts, and its service probes.
SCANS = (("-sV", "-sC"), ("-A",))
PORTS = "22,80,443"


def addresses(first: int, count: int) -> list[str]:
    """Return so many addresses of the lab's network."""
    return [str(ip_address("10.77.0.0") + first + n) for n in range(count)]


@contextmanager
def owned(network: Network, sources: Sequence[str]) -> Iterator[None]:
    """Give the scanner these addresses."""
    for source in sources:
        ip_in(network.scanner.namespace, "address", "add", f"{source}/24", "dev", "eth0")
    try:
        yield
    finally:
        for source in sources:
            ip_in(network.scanner.namespace, "address", "delete", f"{source}/24", "dev", "eth0")


def nmap(network: Network, source: str, options: Sequence[str]) -> None:
    """Scan the target with a real nmap, from an address."""
    place = ["-n", "-Pn", f"-p{PORTS}", "-e", "eth0", "-S", source, network.target.ipv4]
    command = inside(network.scanner.namespace, ["nmap", *options, *place])
    subprocess.run(command, check=True, capture_output=True)


def scan_for_a_while(network: Network, sources: list[str]) -> None:
    """Send two marked requests from each address, over ten seconds or so."""
    for first in range(0, len(sources), 10):
        scan(network, *2 * sources[first : first + 10])
        time.sleep(0.5)


def flood_of_scanners(network: Network, folder: Path, count: int) -> None:
    """Send a marked request from each of so many addresses, faster than anybody reads alerts."""
    capture, _ = marks(folder, count)
    frames = [addressed(network, data) for data in frames_of(capture)]
    write_capture(capture, frames)
    command = ["tcpreplay", "--quiet", "--pps=1000", "--intf1=eth0", str(capture)]
    subprocess.run(
        inside(network.scanner.namespace, command), check=True, stdout=subprocess.DEVNULL
    )


def addressed(network: Network, data: bytes) -> bytes:
    """Return a frame with the hardware addresses of the lab."""
    return bytes.fromhex((network.target.mac + network.scanner.mac).replace(":", "")) + data[12:]
