"""The clients whose traffic is captured: ordinary ones, and nmap."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.network import CLIENTS, INTERFACE, SCANNERS, SERVER, inside
from benchmarks.servers import shared_file

# Timeout of one client, seconds.
_CLIENT_SECONDS = 300
# Requests of one run of curl or dig, and parallel connections of curl.
_BATCH, _PARALLEL = 500, 8
# Rate limit of a transfer, bytes per second: what a disk delivers, and slow enough to be captured
# without loss.
_RATE = "60M"

# Port and nmap options of the test scans, in turn. Each is quick, and sends what a signature of
# confidence "exclusive" matches that the export for Suricata includes.
SCANS: tuple[tuple[int, Sequence[str]], ...] = (
    (80, ("--script", "http-title")),
    (445, ("--script", "smb-protocols")),
    (22, ("--script", "ssh-hostkey")),
    (53, ("-sU", "--script", "dns-nsid,dns-recursion")),
)


@dataclass(frozen=True, slots=True)
class TestScan:
    """A scan that every sensor must detect: the scanner's address and the scanned port."""

    source: str
    port: int


class Clients:
    """
    Runs clients in a network namespace.

    Args:
        namespace: the namespace's name.
        folder: the directory of `servers.running`, with the keys that the clients use.
    """

    def __init__(self, namespace: str, folder: Path) -> None:
        self._namespace, self._folder = namespace, folder

    def http_bulk(self, size: int, scheme: str, client: int) -> None:
        """Fetch `size` bytes over HTTP or HTTPS."""
        url = f"{scheme}://{SERVER}/share/{shared_file(self._folder, size)}"
        self._curl(client, "--limit-rate", _RATE, "-o", "/dev/null", url)

    def http_small(self, requests: int, *, scheme: str, is_keep_alive: bool, client: int) -> None:
        """Send small requests over one connection, or over one connection each."""
        header = () if is_keep_alive else ("-H", "Connection: close", "--parallel",
                                     "--parallel-max", str(_PARALLEL))  # fmt: skip
        for first in range(0, requests, _BATCH):
            last = min(requests, first + _BATCH) - 1
            url = f"{scheme}://{SERVER}/page/[{first}-{last}].html?from=lan"
            self._curl(client, *header, "-o", "/dev/null", url)

    def smb_bulk(self, size: int) -> None:
        """Fetch `size` bytes from an SMB share."""
        fetch = f"get {shared_file(self._folder, size)} /dev/null"
        self._run("smbclient", "--configfile=/dev/null", "-N", f"//{SERVER}/share", "-c", fetch)

    def ssh_bulk(self, size: int, client: int) -> None:
        """Fetch `size` bytes over SSH."""
        fetch = f"cat {self._folder}/share/{shared_file(self._folder, size)}"
        options = (
            "-F", "none", "-i", str(self._folder / "user_key"), "-b", CLIENTS[client],
            "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
            "-o", "LogLevel=ERROR",
        )  # fmt: skip
        self._run("ssh", *options, f"root@{SERVER}", fetch)

    def dns(self, queries: int, client: int) -> None:
        """Send DNS queries, each for another name."""
        for first in range(0, queries, _BATCH):
            names = [f"host-{n}.example.test" for n in range(first, min(queries, first + _BATCH))]
            batch = self._folder / f"names-{client}-{first}"
            batch.write_text("\n".join(f"{name} A" for name in names) + "\n")
            address = CLIENTS[client]
            self._run(
                "dig", "-b", address, f"@{SERVER}", "+tries=3", "+time=2", "-f", str(batch),
            )  # fmt: skip

    def scan(self, number: int, port: int, arguments: Sequence[str]) -> TestScan:
        """Run nmap from a scanner's address; return the scan that sensors must detect."""
        source = SCANNERS[number]
        self._run(
            "nmap", "-n", "-Pn", "-T4", "-e", INTERFACE, "-S", source, "-p", str(port),
            *arguments, SERVER,
        )  # fmt: skip
        return TestScan(source, port)

    def _curl(self, client: int, *arguments: str) -> None:
        address = CLIENTS[client]
        self._run("curl", "-q", "-sSk", "--interface", address, *arguments)

    def _run(self, *command: str) -> None:
        done = subprocess.run(
            inside(self._namespace, *command), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, timeout=_CLIENT_SECONDS, check=False,
        )  # fmt: skip
        if done.returncode:
            error = done.stderr.decode(errors="replace").strip()[-500:]
            raise RuntimeError(f"{' '.join(command)}: {error}")
