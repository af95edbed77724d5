"""A cable between two namespaces: a host that sends, and a host with a server and the sensor."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from tests.lab.network import Tap, ip, ip_in, remove, set_kernel, wait_until

INTERFACE = "cable0"
TARGET = "10.78.0.1"
_NUMBERS = count(1)

# Replies to every request.
_SERVER = r"""
import socket, threading
def answer(found):
    with found:
        if found.recv(4096):
            found.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
with socket.socket() as server:
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("", 80))
    server.listen(100)
    while True:
        threading.Thread(target=answer, args=(server.accept()[0],), daemon=True).start()
"""

# Sends one request of nmap from an address; the arguments are the target and the address.
_REQUEST = r"""
import socket, sys
with socket.create_connection((sys.argv[1], 80), 1, source_address=(sys.argv[2], 0)) as s:
    s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: Nmap Scripting Engine\r\n\r\n")
    s.recv(100)
"""


@dataclass(slots=True)
class Cable:
    """Two namespaces joined by one pair of interfaces; the sensor is where the server is."""

    sender: str
    listener: str
    sources: Iterator[str]

    @property
    def tap(self) -> Tap:
        """The sensor's namespace and interface."""
        return Tap(self.listener, INTERFACE)

    def lay(self) -> None:
        """Create the interfaces, with addresses."""
        ends = ("link", "add", INTERFACE, "type", "veth", "peer", INTERFACE, "netns")
        ip_in(self.sender, *ends, self.listener)
        self.bring_up()
        ip_in(self.sender, "address", "add", "10.78.0.2/16", "dev", INTERFACE)

    def bring_up(self) -> None:
        """Bring both ends up; set the listener's address, which an interface loses with its MAC."""
        for end in (self.sender, self.listener):
            ip_in(end, "link", "set", INTERFACE, "up")
        ip_in(self.listener, "address", "replace", f"{TARGET}/16", "dev", INTERFACE)
        ip_in(self.sender, "neighbour", "flush", "dev", INTERFACE)  # its MAC may be another

    def cut(self) -> None:
        """Remove the interfaces."""
        ip_in(self.listener, "link", "delete", INTERFACE)

    def request(self, source: str = "") -> str:
        """Send a request of nmap from a new address, or from `source`; return the address."""
        if not source:
            source = next(self.sources)
            ip_in(self.sender, "address", "add", f"{source}/16", "dev", INTERFACE)
        subprocess.run(
            ["ip", "netns", "exec", self.sender, sys.executable, "-c", _REQUEST, TARGET, source],
            check=True,
        )
        return source


@contextmanager
def cable() -> Iterator[Cable]:
    """Lay a cable, and remove it with all that runs there."""
    name = f"nwd{os.getpid()}-cable{next(_NUMBERS)}"
    found = Cable(f"{name}s", f"{name}l", (f"10.78.{n // 250 + 1}.{n % 250 + 1}" for n in count()))
    server = None
    try:
        for namespace in (found.sender, found.listener):
            ip("netns", "add", namespace)
            set_kernel(
                namespace,
                net__ipv6__conf__all__disable_ipv6=1,
                net__ipv6__conf__default__disable_ipv6=1,
            )
            ip_in(namespace, "link", "set", "lo", "up")
        found.lay()
        server = subprocess.Popen(
            ["ip", "netns", "exec", found.listener, sys.executable, "-c", _SERVER]
        )
        wait_until(lambda: _answers(found), "the server")
        yield found
    finally:
        if server is not None:
            server.send_signal(signal.SIGKILL)
            server.wait()
        for namespace in (found.sender, found.listener):
            remove(namespace)


def _answers(found: Cable) -> bool:
    command = ["ip", "netns", "exec", found.sender, sys.executable, "-c",
               f"import socket; socket.create_connection(('{TARGET}', 80), 1)"]  # fmt: skip
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
