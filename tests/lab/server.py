"""Describes, starts and stops a server of the lab."""

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

from tests.lab.network import Network, inside, on_host, wait_until


@dataclass(frozen=True)
class ServerContext:
    """The directory of one server, and the lab's network."""

    folder: Path
    network: Network

    @property
    def shared(self) -> Path:
        return self.network.folder

    def write(self, name: str, text: str) -> str:
        """Write a file in the server's directory and return its path."""
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o644)
        return str(path)

    def make(self, name: str, mode: int = 0o755, owner: str | None = None) -> str:
        """Create a directory in the server's directory and return its path."""
        path = self.folder / name
        path.mkdir(parents=True)
        path.chmod(mode)
        if owner:
            subprocess.run(["chown", owner, str(path)], check=True)
        return str(path)

    def run(self, *command: str, **environment: str) -> str:
        """Run a command that prepares the server, on the target host."""
        done = subprocess.run(
            on_host(self.network.target, command),
            check=True,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env={**os.environ, **environment},
        )
        return done.stdout


@dataclass(frozen=True)
class Server:
    """
    A server.

    Args:
        name: its name in scenarios.
        product: its Debian package; '' for a scripted responder.
        prepare: prepares its files and returns its command.
        tcp: TCP ports on which it listens.
        udp: UDP ports on which it listens.
        on_legacy: whether it listens only on the target's second address.
    """

    name: str
    product: str
    prepare: Callable[[ServerContext], Sequence[str]]
    tcp: tuple[int, ...] = ()
    udp: tuple[int, ...] = ()
    on_legacy: bool = False


def listens(network: Network, server: Server, kind: str, port: int) -> bool:
    """Return whether a port is open on the target; `kind` is tcp or udp."""
    address = network.legacy if server.on_legacy else ""
    command = inside(network.target.namespace, ["ss", "-Hln", f"--{kind}", f"src {address}:{port}"])
    return bool(subprocess.run(command, check=True, capture_output=True).stdout)


def start(server: Server, network: Network) -> subprocess.Popen[bytes]:
    """Start a server on the target, and wait until its ports are open."""
    folder = Path(tempfile.mkdtemp(prefix=f"{server.name}-", dir=network.folder))
    folder.chmod(0o755)
    command = server.prepare(ServerContext(folder, network))
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            on_host(network.target, command),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    for kind, ports in (("tcp", server.tcp), ("udp", server.udp)):
        for port in ports:
            is_open = partial(listens, network, server, kind, port)
            wait_until(
                partial(is_ready, is_open, server.name, process, folder),
                f"{server.name} on {kind} port {port}",
            )
    return process


def is_ready(
    is_open: Callable[[], bool], name: str, process: subprocess.Popen[bytes], folder: Path
) -> bool:
    """Return whether a server's port is open; raise with its output if the server has ended."""
    if process.poll() is not None:
        output = (folder / "output").read_text(errors="replace")
        raise RuntimeError(f"{name} ended: {output[-2000:]}")
    return is_open()


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a server with its children."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(5)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


@contextmanager
def running(network: Network, servers: Sequence[Server]) -> Iterator[None]:
    """Start servers on the target in parallel, and stop them at the end."""
    with ThreadPoolExecutor(max(1, len(servers))) as pool:
        starts = [pool.submit(start, server, network) for server in servers]
    try:
        for started in starts:
            started.result()
        yield
    finally:
        processes = [started.result() for started in starts if started.exception() is None]
        with ThreadPoolExecutor(max(1, len(processes))) as pool:
            list(pool.map(stop, processes))
