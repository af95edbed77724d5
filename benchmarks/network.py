"""Two hosts in network namespaces, connected by a veth pair."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

INTERFACE = "eth0"
SERVER = "10.88.0.1"
# Addresses of the other host: ordinary clients, and scanners, which share no address with them.
CLIENTS = tuple(f"10.88.1.{number}" for number in range(1, 9))
SCANNERS = tuple(f"10.88.2.{number}" for number in range(1, 41))

# Offloads that are switched off, so that captures contain frames as on a wire.
_OFFLOADS = ("tx", "rx", "tso", "gso", "gro")
# Seconds between SIGTERM and SIGKILL.
_END_SECONDS = 3.0

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Cable:
    """Two namespaces whose `eth0` are the ends of one veth pair."""

    near: str
    far: str


def inside(namespace: str, *command: str) -> list[str]:
    """Return the command that runs another one in a namespace."""
    return ["ip", "netns", "exec", namespace, *command]


@contextmanager
def cable(*, is_silent: bool = False) -> Iterator[Cable]:
    """
    Create two connected hosts, and remove them with their processes at the end.

    Args:
        is_silent: give the hosts no addresses, so that they send nothing themselves.
    """
    number = next(_numbers)
    created = Cable(f"nwb{os.getpid()}-{number}-near", f"nwb{os.getpid()}-{number}-far")
    try:
        for namespace in (created.near, created.far):
            _run("ip", "netns", "add", namespace)
            if is_silent:
                _run(*inside(namespace, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1"))
        _run(
            "ip", "-n", created.near, "link", "add", INTERFACE, "type", "veth",
            "peer", INTERFACE, "netns", created.far,
        )  # fmt: skip
        for namespace in (created.near, created.far):
            words = [word for offload in _OFFLOADS for word in (offload, "off")]
            _run(*inside(namespace, "ethtool", "-K", INTERFACE, *words))
            _run("ip", "-n", namespace, "link", "set", "lo", "up")
            _run("ip", "-n", namespace, "link", "set", INTERFACE, "up")
        if not is_silent:
            _address(created.far, [SERVER])
            _address(created.near, [*CLIENTS, *SCANNERS])
        yield created
    finally:
        for namespace in (created.near, created.far):
            if Path("/run/netns", namespace).exists():
                _end_processes(namespace)
                _run("ip", "netns", "delete", namespace)


def add_local_network(namespace: str, network: str) -> None:
    """Make every address of a network local to a namespace."""
    _run("ip", "-n", namespace, "route", "add", "local", network, "dev", "lo")


def received(namespace: str) -> int:
    """Return the number of frames that a namespace's interface has received."""
    path = f"/sys/class/net/{INTERFACE}/statistics/rx_packets"
    return int(_run(*inside(namespace, "cat", path)))


def _address(namespace: str, addresses: Sequence[str]) -> None:
    for address in addresses:
        _run("ip", "-n", namespace, "address", "add", f"{address}/16", "dev", INTERFACE)


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def _end_processes(namespace: str) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + _END_SECONDS
        for pid in _pids(namespace):
            _signal(pid, sign)
        while _pids(namespace) and time.monotonic() < deadline:
            time.sleep(0.05)


def _pids(namespace: str) -> list[int]:
    return [int(word) for word in _run("ip", "netns", "pids", namespace).split()]


def _signal(pid: int, sign: signal.Signals) -> None:
    try:
        os.kill(pid, sign)
    except ProcessLookupError:
        return
