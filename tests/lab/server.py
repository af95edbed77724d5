"""How a server of the lab is described, started, awaited and stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.lab.network import Network, at, inside, wait_until


@dataclass(frozen=True)
class Place:
    """The folder that one server writes to, and the network it serves."""

    folder: Path
    network: Network

    @property
    def shared(self) -> Path:
        return self.network.folder

    def write(self, name: str, text: str) -> str:
        """Writes a file into the folder and gives its path."""
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o644)
        return str(path)

    def make(self, name: str, mode: int = 0o755, owner: str | None = None) -> str:
        """Makes a folder inside the folder and gives its path."""
        path = self.folder / name
        path.mkdir(parents=True)
        path.chmod(mode)
        if owner:
            subprocess.run(["chown", owner, str(path)], check=True)
        return str(path)

    def run(self, *command: str, **environment: str) -> str:
        """Runs a command that prepares the server, inside the target."""
        done = subprocess.run(
            at(self.network.target, command),
            check=True,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env={**os.environ, **environment},
        )
        return done.stdout


@dataclass(frozen=True)
class Server:
    """A server: how to prepare its command and the ports on which it must answer.

    A server without a product is a scripted responder, not the real thing.
    """

    name: str
    product: str
    prepare: Callable[[Place], Sequence[str]]
    tcp: tuple[int, ...] = ()
    udp: tuple[int, ...] = ()
    on_legacy: bool = False


def listens(network: Network, server: Server, kind: str, port: int) -> bool:
    """Whether something in the target listens on a port; kind is tcp or udp."""
    address = network.legacy if server.on_legacy else ""
    command = inside(network.target.namespace, ["ss", "-Hln", f"--{kind}", f"src {address}:{port}"])
    return bool(subprocess.run(command, check=True, capture_output=True).stdout)


def start(server: Server, network: Network) -> subprocess.Popen[bytes]:
    """Starts a server in the target and waits until its ports answer."""
    folder = Path(tempfile.mkdtemp(prefix=f"{server.name}-", dir=network.folder))
    folder.chmod(0o755)
    command = server.prepare(Place(folder, network))
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            at(network.target, command),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    for kind, ports in (("tcp", server.tcp), ("udp", server.udp)):
        for port in ports:
            up = partial(listens, network, server, kind, port)
            wait_until(
                partial(alive_and, up, server.name, process, folder),
                f"{server.name} on {kind} port {port}",
            )
    return process


def alive_and(
    up: Callable[[], bool], name: str, process: subprocess.Popen[bytes], folder: Path
) -> bool:
    """Whether a server is up; raises with its output when it ended instead."""
    if process.poll() is not None:
        output = (folder / "output").read_text(errors="replace")
        raise RuntimeError(f"{name} ended: {output[-2000:]}")
    return up()


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends a server with its children."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(5)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


@contextmanager
def running(network: Network, servers: Sequence[Server]) -> Iterator[None]:
    """The given servers, running in the target; they are started and stopped together."""
    with ThreadPoolExecutor(max(1, len(servers))) as pool:
        starts = [pool.submit(start, server, network) for server in servers]
    try:
        for started in starts:
            started.result()
        yield
    finally:
        up = [started.result() for started in starts if started.exception() is None]
        with ThreadPoolExecutor(max(1, len(up))) as pool:
            list(pool.map(stop, up))
