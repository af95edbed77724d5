"""The clients whose traffic is captured: ordinary ones, and nmap as the one to be found."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.network import CLIENTS, INTERFACE, SCANNERS, SERVER, inside
from benchmarks.servers import shared_file

# Seconds that one client may take; it is stuck if it takes longer.
_CLIENT_SECONDS = 300
# Requests of one run of curl or dig, and connections that curl holds at once.
_BATCH, _PARALLEL = 500, 8
# A transfer's rate: what a LAN's disk delivers, and slow enough to be captured without loss.
_RATE = "60M"

# What each marked scan runs, in turn: quick, and each sends a mark that the catalogue calls
# exclusive and that its export for Suricata holds as well.
SCANS: tuple[tuple[int, Sequence[str]], ...] = (
    (80, ("--script", "http-title")),
    (445, ("--script", "smb-protocols")),
    (22, ("--script", "ssh-hostkey")),
    (53, ("-sU", "--script", "dns-nsid,dns-recursion")),
)


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """A scan that every sensor must tell: who scanned which port."""

    source: str
    port: int


class Clients:
    """
    Runs clients in a namespace.

    Args:
        namespace: where.
        folder: the folder of `servers.running`, with the keys that the clients use.
    """

    def __init__(self, namespace: str, folder: Path) -> None:
        self._namespace, self._folder = namespace, folder

    def http_bulk(self, size: int, scheme: str, client: int) -> None:
        """Fetch so many bytes over HTTP or HTTPS."""
        url = f"{scheme}://{SERVER}/share/{shared_file(self._folder, size)}"
        self._curl(client, "--limit-rate", _RATE, "-o", "/dev/null", url)

    def http_small(self, requests: int, *, scheme: str, is_kept: bool, client: int) -> None:
        """Send small requests, over one connection or over one for each."""
        header = () if is_kept else ("-H", "Connection: close", "--parallel",
                                     "--parallel-max", str(_PARALLEL))  # fmt: skip
        for first in range(0, requests, _BATCH):
            last = min(requests, first + _BATCH) - 1
            url = f"{scheme}://{SERVER}/page/[{first}-{last}].html?from=lan"
            self._curl(client, *header, "-o", "/dev/null", url)

    def smb_bulk(self, size: int) -> None:
        """Fetch so many bytes from a share."""
        fetch = f"get {shared_file(self._folder, size)} /dev/null"
        self._run("smbclient", "--configfile=/dev/null", "-N", f"//{SERVER}/share", "-c", fetch)

    def ssh_bulk(self, size: int, client: int) -> None:
        """Fetch so many bytes through SSH."""
        fetch = f"cat {self._folder}/share/{shared_file(self._folder, size)}"
        options = (
            "-F", "none", "-i", str(self._folder / "user_key"), "-b", CLIENTS[client],
            "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
            "-o", "LogLevel=ERROR",
        )  # fmt: skip
        self._run("ssh", *options, f"root@{SERVER}", fetch)

    def dns(self, queries: int, client: int) -> None:
        """Ask for so many names."""
        for first in range(0, queries, _BATCH):
            names = [f"host-{n}.example.test" for n in range(first, min(queries, first + _BATCH))]
            batch = self._folder / f"names-{client}-{first}"
            batch.write_text("\n".join(f"{name} A" for name in names) + "\n")
            address = CLIENTS[client]
            self._run(
                "dig", "-b", address, f"@{SERVER}", "+tries=3", "+time=2", "-f", str(batch),
            )  # fmt: skip

    def scan(self, number: int, port: int, arguments: Sequence[str]) -> RuleInfo:
        """Run nmap from a scanner's own address and return what must be told."""
        source = SCANNERS[number]
        self._run(
            "nmap", "-n", "-Pn", "-T4", "-e", INTERFACE, "-S", source, "-p", str(port),
            *arguments, SERVER,
        )  # fmt: skip
        return RuleInfo(source, port)

    def _curl(self, client: int, *arguments: str) -> None:
        address = CLIENTS[client]
        self._run("curl", "-q", "-sSk", "--interface", address, *arguments)

    def _run(self, *command: str) -> None:
        done = subprocess.run(
            inside(self._namespace, *command), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, timeout=_CLIENT_SECONDS, check=False,
        )  # fmt: skip
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()[-500:]
            raise RuntimeError(f"{' '.join(command)}: {said}")
