"""Many scanners, with one address each, of one target."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

from tests.frames import frames_of, write_capture
from tests.lab.network import Network, inside, ip_in
from tests.soak.live import numbered_requests

# Options of nmap; each runs a dozen of its scripts, and its service probes.
SCANS = (("-sV", "-sC"), ("-A",))
PORTS = "22,80,443"

# Sends one request of nmap's scripts from each address; the arguments are the target and the
# addresses.
REQUESTS = r"""
import socket, sys, time
for source in sys.argv[2:]:
    with socket.create_connection((sys.argv[1], 80), source_address=(source, 0)) as s:
        s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: Nmap Scripting Engine\r\n\r\n")
        s.recv(100)
    time.sleep(0.01)
"""


def addresses(first: int, count: int) -> list[str]:
    """Return addresses of the lab's network."""
    return [str(ip_address("10.77.0.0") + first + n) for n in range(count)]


@contextmanager
def assigned(network: Network, sources: Sequence[str]) -> Iterator[None]:
    """Assign addresses to the scanner until the end of the block."""
    for source in sources:
        ip_in(network.scanner.namespace, "address", "add", f"{source}/24", "dev", "eth0")
    try:
        yield
    finally:
        for source in sources:
            ip_in(network.scanner.namespace, "address", "delete", f"{source}/24", "dev", "eth0")


def nmap(network: Network, source: str, options: Sequence[str]) -> None:
    """Scan the target with a real nmap, from an address."""
    target = ["-n", "-Pn", f"-p{PORTS}", "-e", "eth0", "-S", source, network.target.ipv4]
    command = inside(network.scanner.namespace, ["nmap", *options, *target])
    subprocess.run(command, check=True, capture_output=True)


def scan(network: Network, *sources: str) -> None:
    """Send a request of nmap's scripts from each address."""
    program = [sys.executable, "-c", REQUESTS, network.target.ipv4, *sources]
    subprocess.run(inside(network.scanner.namespace, program), check=True)


def scan_for_a_while(network: Network, sources: list[str]) -> None:
    """Send two requests of nmap's scripts from each address, over about ten seconds."""
    for first in range(0, len(sources), 10):
        scan(network, *2 * sources[first : first + 10])
        time.sleep(0.5)


def flood_of_scanners(network: Network, folder: Path, count: int, rate: int = 1000) -> None:
    """Send a request of nmap's scripts from many addresses, faster than sinks take alerts."""
    capture, _ = numbered_requests(folder, count)
    frames = [addressed(network, data) for data in frames_of(capture)]
    write_capture(capture, frames)
    command = ["tcpreplay", "--quiet", f"--pps={rate}", "--intf1=eth0", str(capture)]
    subprocess.run(
        inside(network.scanner.namespace, command), check=True, stdout=subprocess.DEVNULL
    )


def addressed(network: Network, data: bytes) -> bytes:
    """Return a frame with the hardware addresses of the lab."""
    return bytes.fromhex((network.target.mac + network.scanner.mac).replace(":", "")) + data[12:]
