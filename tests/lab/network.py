"""Three hosts and a bridge, the wire, between them, each in its own network namespace."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.lab import materials

VLAN = 12
OUTER_VLAN = 100
WIRE_INTERFACE = "wire0"
NAMESPACE_FILES = Path("/etc/netns")


@dataclass(frozen=True)
class Host:
    """A host: its namespace, and the addresses of its interface."""

    name: str
    namespace: str
    number: int

    @property
    def mac(self) -> str:
        return f"52:54:00:77:00:{self.number:02x}"

    @property
    def ipv4(self) -> str:
        return f"10.77.0.{self.number}"

    @property
    def ipv6(self) -> str:
        return f"fd77::{self.number:x}"

    @property
    def vlan(self) -> str:
        return f"10.77.12.{self.number}"

    @property
    def qinq(self) -> str:
        return f"10.77.13.{self.number}"


@dataclass(frozen=True)
class Tap:
    """The interface on which a sensor captures every frame between the hosts."""

    namespace: str
    interface: str


@dataclass(frozen=True)
class Network:
    """The hosts, the tap, and the directory of files that servers and clients share."""

    scanner: Host
    client: Host
    target: Host
    legacy: str
    tap: Tap
    folder: Path

    def placeholders(self) -> dict[str, str]:
        """Return the values of the placeholders in a scenario's arguments."""
        return {
            "target": self.target.ipv4,
            "target6": self.target.ipv6,
            "vlan": self.target.vlan,
            "qinq": self.target.qinq,
            "legacy": self.legacy,
            "folder": str(self.folder),
        }


def inside(namespace: str, command: Sequence[str]) -> list[str]:
    """Return the command that runs another one inside a namespace."""
    return ["ip", "netns", "exec", namespace, *command]


def on_host(host: Host, command: Sequence[str]) -> list[str]:
    """Return the command that runs another one on a host, with that host's name."""
    set_hostname = [
        "unshare",
        "--uts",
        "sh",
        "-c",
        'hostname "$0" && exec "$@"',
        f"{host.name}.example.test",
    ]
    return inside(host.namespace, [*set_hostname, *command])


def ip(*words: str) -> None:
    """Run ip(8); raise if it fails."""
    subprocess.run(["ip", *words], check=True, stdout=subprocess.DEVNULL)


def ip_in(namespace: str, *words: str) -> None:
    """Run ip(8) for a namespace."""
    ip("-n", namespace, *words)


def set_kernel(namespace: str, **values: int) -> None:
    """Set kernel parameters of a namespace; in their names, `__` stands for a dot."""
    settings = [f"{name.replace('__', '.')}={value}" for name, value in values.items()]
    subprocess.run(inside(namespace, ["sysctl", "-qw", *settings]), check=True)


def disable_offloads(namespace: str, interface: str) -> None:
    """Disable offloads, so that captures contain frames as on a physical wire."""
    offloads = ("tx", "rx", "tso", "gso", "gro", "txvlan", "rxvlan")
    words = [word for offload in offloads for word in (offload, "off")]
    subprocess.run(
        inside(namespace, ["ethtool", "-K", interface, *words]), check=True, capture_output=True
    )


def create_wire(namespace: str) -> None:
    """Create the namespace of the wire with the bridge that connects the hosts."""
    ip("netns", "add", namespace)
    set_kernel(
        namespace, net__ipv6__conf__all__disable_ipv6=1, net__ipv6__conf__default__disable_ipv6=1
    )
    ip_in(
        namespace,
        "link",
        "add",
        WIRE_INTERFACE,
        "type",
        "bridge",
        "stp_state",
        "0",
        "mcast_snooping",
        "0",
    )
    ip_in(namespace, "link", "set", WIRE_INTERFACE, "up")


def add_host(host: Host, wire: str, more_addresses: Sequence[str] = ()) -> None:
    """Create a host and connect it to the wire: untagged, in a VLAN and in QinQ."""
    port = f"to-{host.name}"
    ip("netns", "add", host.namespace)
    set_kernel(
        host.namespace,
        net__ipv6__conf__all__accept_ra=0,
        net__ipv6__conf__default__accept_ra=0,
        net__ipv4__icmp_ratelimit=0,
        net__ipv6__icmp__ratelimit=0,
        net__ipv4__ip_unprivileged_port_start=0,
    )
    ip_in(host.namespace, "link", "set", "lo", "up")
    ip_in(
        host.namespace,
        "link",
        "add",
        "eth0",
        "address",
        host.mac,
        "type",
        "veth",
        "peer",
        port,
        "netns",
        wire,
    )
    disable_offloads(host.namespace, "eth0")
    disable_offloads(wire, port)
    ip_in(wire, "link", "set", port, "master", WIRE_INTERFACE, "up")
    ip_in(host.namespace, "link", "set", "eth0", "up")
    for address in (host.ipv4, *more_addresses):
        ip_in(host.namespace, "address", "add", f"{address}/24", "dev", "eth0")
    ip_in(host.namespace, "address", "add", f"{host.ipv6}/64", "dev", "eth0", "nodad")
    add_vlans(host)


def add_vlans(host: Host) -> None:
    """Add an interface in the VLAN and one in QinQ to a host."""
    tagger = [sys.executable, str(Path(__file__).with_name("tagger.py"))]
    subprocess.Popen(inside(host.namespace, [*tagger, "eth0", str(OUTER_VLAN), str(VLAN)]))
    for name, address in (("tagged", host.vlan), ("qinq", host.qinq)):
        ready = partial(has_interface, host.namespace, name)
        wait_until(ready, f"interface {name} of {host.name}")
        set_kernel(host.namespace, **{f"net__ipv6__conf__{name}__disable_ipv6": 1})
        ip_in(host.namespace, "link", "set", name, "address", host.mac, "mtu", "1492", "up")
        ip_in(host.namespace, "address", "add", f"{address}/24", "dev", name)


def has_interface(namespace: str, interface: str) -> bool:
    """Return whether a namespace has an interface."""
    command = ["ip", "-n", namespace, "link", "show", interface]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
    """Wait until a condition is true; raise with its description after a timeout."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"timeout after {seconds:.0f} s: {what}")
        time.sleep(0.05)


def end_processes(namespace: str) -> None:
    """Terminate the processes in a namespace, and kill those that remain."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        listing = subprocess.run(
            ["ip", "netns", "pids", namespace], capture_output=True, text=True, check=False
        )
        for word in listing.stdout.split():
            try:
                os.kill(int(word), sign)
            except ProcessLookupError:
                continue
        if listing.stdout.split():
            time.sleep(0.3)


def remove(namespace: str) -> None:
    """Remove a namespace with its processes and files."""
    if Path("/run/netns", namespace).exists():
        end_processes(namespace)
        ip("netns", "delete", namespace)
    shutil.rmtree(NAMESPACE_FILES / namespace, ignore_errors=True)


def remove_stale() -> None:
    """Remove the namespaces of labs whose process has ended."""
    for entry in Path("/run/netns").glob("nwd*-*"):
        number = entry.name.removeprefix("nwd").partition("-")[0]
        if number.isdigit() and not Path("/proc", number).exists():
            remove(entry.name)


@contextmanager
def lab_network() -> Iterator[Network]:
    """Create the network, and remove it at the end."""
    remove_stale()
    prefix = f"nwd{os.getpid()}"
    folder = Path(tempfile.mkdtemp(prefix="nmapwatchd-lab-"))
    hosts = [
        Host(name, f"{prefix}-{name}", number)
        for name, number in (("scanner", 5), ("client", 6), ("target", 8))
    ]
    scanner, client, target = hosts
    wire = f"{prefix}-wire"
    network = Network(scanner, client, target, "10.77.0.9", Tap(wire, WIRE_INTERFACE), folder)
    try:
        folder.chmod(0o755)
        materials.generate(folder)
        create_wire(wire)
        for host in hosts:
            materials.private_files(
                folder, NAMESPACE_FILES / host.namespace, f"{host.ipv4} {host.name}.example.test"
            )
            add_host(host, wire, (network.legacy,) if host is target else ())
        yield network
    finally:
        for namespace in (*(host.namespace for host in hosts), wire):
            remove(namespace)
        shutil.rmtree(folder)
