"""Three hosts and the wire between them, each in a network namespace of its own."""

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
    """One host: its namespace and the addresses of its single interface."""

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
    """Where a sensor sees every frame that any two hosts exchange."""

    namespace: str
    interface: str


@dataclass(frozen=True)
class Network:
    """The hosts, the tap and the folder of what the servers and clients share."""

    scanner: Host
    client: Host
    target: Host
    legacy: str
    tap: Tap
    folder: Path

    def words(self) -> dict[str, str]:
        """The words that a scenario's arguments may name in braces."""
        return {
            "target": self.target.ipv4,
            "target6": self.target.ipv6,
            "vlan": self.target.vlan,
            "qinq": self.target.qinq,
            "legacy": self.legacy,
            "folder": str(self.folder),
        }


def inside(namespace: str, command: Sequence[str]) -> list[str]:
    """The command that runs another one inside a namespace."""
    return ["ip", "netns", "exec", namespace, *command]


def at(host: Host, command: Sequence[str]) -> list[str]:
    """The command that runs another one on a host, under that host's name."""
    named = [
        "unshare",
        "--uts",
        "sh",
        "-c",
        'hostname "$0" && exec "$@"',
        f"{host.name}.example.test",
    ]
    return inside(host.namespace, [*named, *command])


def ip(*words: str) -> None:
    """Runs ip and raises when it refuses."""
    subprocess.run(["ip", *words], check=True, stdout=subprocess.DEVNULL)


def ip_in(namespace: str, *words: str) -> None:
    """Runs ip for a namespace."""
    ip("-n", namespace, *words)


def set_kernel(namespace: str, **values: int) -> None:
    """Sets kernel parameters of one namespace; two underscores stand for the dot."""
    settings = [f"{name.replace('__', '.')}={value}" for name, value in values.items()]
    subprocess.run(inside(namespace, ["sysctl", "-qw", *settings]), check=True)


def plain_frames(namespace: str, interface: str) -> None:
    """Turns off the offloads, so that captures show frames as a wire carries them."""
    offloads = ("tx", "rx", "tso", "gso", "gro", "txvlan", "rxvlan")
    words = [word for offload in offloads for word in (offload, "off")]
    subprocess.run(
        inside(namespace, ["ethtool", "-K", interface, *words]), check=True, capture_output=True
    )


def lay_wire(namespace: str) -> None:
    """Creates the namespace of the wire with the bridge that joins the hosts."""
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


def attach(host: Host, wire: str, further: Sequence[str] = ()) -> None:
    """Creates a host and joins it to the wire, untagged, in a VLAN and in QinQ."""
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
    plain_frames(host.namespace, "eth0")
    plain_frames(wire, port)
    ip_in(wire, "link", "set", port, "master", WIRE_INTERFACE, "up")
    ip_in(host.namespace, "link", "set", "eth0", "up")
    for address in (host.ipv4, *further):
        ip_in(host.namespace, "address", "add", f"{address}/24", "dev", "eth0")
    ip_in(host.namespace, "address", "add", f"{host.ipv6}/64", "dev", "eth0", "nodad")
    join_vlans(host)


def join_vlans(host: Host) -> None:
    """Gives a host an interface in the VLAN and another in QinQ."""
    tagger = [sys.executable, str(Path(__file__).with_name("tagger.py"))]
    subprocess.Popen(inside(host.namespace, [*tagger, "eth0", str(OUTER_VLAN), str(VLAN)]))
    for name, address in (("tagged", host.vlan), ("qinq", host.qinq)):
        wait_until(partial(exists, host.namespace, name), f"interface {name} of {host.name}")
        set_kernel(host.namespace, **{f"net__ipv6__conf__{name}__disable_ipv6": 1})
        ip_in(host.namespace, "link", "set", name, "address", host.mac, "mtu", "1492", "up")
        ip_in(host.namespace, "address", "add", f"{address}/24", "dev", name)


def exists(namespace: str, interface: str) -> bool:
    """Whether a namespace has an interface."""
    command = ["ip", "-n", namespace, "link", "show", interface]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def wait_until(holds: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
    """Waits until something holds; raises with its name when it does not in time."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not come within {seconds:.0f} s")
        time.sleep(0.05)


def end_processes(namespace: str) -> None:
    """Ends every process that still runs in a namespace."""
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
    """Removes a namespace with all that runs in it."""
    if Path("/run/netns", namespace).exists():
        end_processes(namespace)
        ip("netns", "delete", namespace)
    shutil.rmtree(NAMESPACE_FILES / namespace, ignore_errors=True)


def sweep() -> None:
    """Removes what labs left behind whose process is gone."""
    for entry in Path("/run/netns").glob("nwd*-*"):
        number = entry.name.removeprefix("nwd").partition("-")[0]
        if number.isdigit() and not Path("/proc", number).exists():
            remove(entry.name)


@contextmanager
def laid() -> Iterator[Network]:
    """A laid network, removed again at the end."""
    sweep()
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
        lay_wire(wire)
        for host in hosts:
            materials.private_files(
                folder, NAMESPACE_FILES / host.namespace, f"{host.ipv4} {host.name}.example.test"
            )
            attach(host, wire, (network.legacy,) if host is target else ())
        yield network
    finally:
        for namespace in (*(host.namespace for host in hosts), wire):
            remove(namespace)
        shutil.rmtree(folder)
