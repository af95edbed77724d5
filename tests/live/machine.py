"""A Debian 12 machine: a container that systemd boots, where the service is installed."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any

from tests.lab.network import wait_until

CHECKOUT = Path(__file__).parents[2]
RELEASE = "bookworm"
# The machine's packages: systemd, what the sensor needs, and man for its manual page.
PACKAGES = (
    "systemd-sysv", "dbus", "iproute2", "libpcap0.8", "man-db", "procps", "python3-venv", "tshark",
    "util-linux",
)  # fmt: skip
DROP_IN = "/etc/systemd/system/nmapwatchd.service.d/test.conf"
SINK = '[[sink]]\nkind = "journald"\n'
UNIT = "nmapwatchd.service"
CONFIG = "/etc/nmapwatchd/nmapwatchd.toml"

# Seconds for the machine to boot, and for the service to be ready, on a loaded host.
BOOT_SECONDS = 60.0

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Machine:
    """A running machine, identified by its first process."""

    leader: int

    def try_(self, *command: str, text: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command on the machine, as root."""
        entered = ["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd"]
        clean = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"]
        return subprocess.run(
            ["nsenter", f"--target={self.leader}", *entered, *clean, *command],
            check=False, capture_output=True, text=True, input=text,
        )  # fmt: skip

    def run(self, *command: str, text: str = "") -> str:
        """Run a command that must succeed; return its output."""
        done = self.try_(*command, text=text)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def write(self, path: str, text: str) -> None:
        """Write a file on the machine."""
        self.run("mkdir", "-p", str(Path(path).parent))
        self.run("tee", path, text=text)

    def unit_property(self, name: str) -> str:
        """Return a property of the unit."""
        return self.run("systemctl", "show", "--value", f"--property={name}", UNIT).strip()

    def pids(self) -> dict[str, int]:
        """Return the processes of the unit, by name."""
        # ps fails if there are none.
        lines = self.try_("ps", "-u", "nmapwatchd", "-o", "pid=,comm=").stdout.splitlines()
        return {comm: int(pid) for pid, comm in (line.split() for line in lines)}

    def status(self, pid: int) -> dict[str, str]:
        """Return a process's status by field (proc(5), /proc/pid/status)."""
        lines = self.run("cat", f"/proc/{pid}/status").splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def entries(self, *matches: str) -> list[Entry]:
        """Return the journal's entries."""
        output = self.run("journalctl", "--no-pager", "--output=json", *matches)
        return [json.loads(line) for line in output.splitlines()]

    def actions(self, source: str) -> list[str]:
        """Return the actions reported of a scanner, in order."""
        entries = self.entries("SYSLOG_IDENTIFIER=nmapwatchd", f"NMAPWATCHD_SOURCE={source}")
        return [entry["NMAPWATCHD_ACTION"] for entry in entries]

    def wait_reported(self, action: str, source: str, seconds: float = 10.0) -> None:
        """Wait until the journal has an action of a scanner."""
        wait_until(lambda: action in self.actions(source), f"{action} of {source}", seconds)


def base(release: str = RELEASE, packages: Sequence[str] = PACKAGES) -> Path:
    """
    Return the root file system before installation; build it once.

    Args:
        release: the codename of Debian's release.
        packages: what it contains besides the minimum.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nmapwatchd"
    kind = hashlib.sha256(" ".join((release, *packages)).encode()).hexdigest()[:8]
    built = cache / f"{release}-{kind}"
    if built.exists():
        return built
    cache.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f"{built.name}.", dir=cache))
    new.chmod(0o755)
    print(f"building {built}", flush=True)
    try:
        subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={','.join(packages)}",
             release, str(new), *_archive(release)],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        new.rename(built)
    finally:
        rmtree(new, ignore_errors=True)
    return built


def _archive(release: str) -> list[str]:
    """Return this host's package archive, if it has the same release."""
    fields = ["Created-By: Packages", f"Codename: {release}"]
    output = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", *fields],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return output.split()[:1]


@contextmanager
def booted(namespace: str, folder: Path, root: Path | None = None) -> Iterator[Machine]:
    """
    Boot a machine in a network namespace; what it writes is discarded.

    Args:
        namespace: the network namespace.
        folder: mounted in the machine as /wheels.
        root: its root file system; `base()` by default.
    """
    log = folder / "console"
    with log.open("wb") as console:
        container = subprocess.Popen(
            [
                "systemd-nspawn", "--quiet", "--boot", f"--directory={root or base()}",
                "--volatile=overlay", f"--machine=nmapwatchd-{os.getpid()}",
                "--register=no", "--keep-unit", "--console=pipe", "--link-journal=no",
                "--resolv-conf=off", "--timezone=off",
                f"--network-namespace-path=/run/netns/{namespace}",
                f"--bind-ro={CHECKOUT}:/src", f"--bind-ro={folder}:/wheels",
            ],
            stdin=subprocess.DEVNULL, stdout=console, stderr=console,
        )  # fmt: skip
    children = Path(f"/proc/{container.pid}/task/{container.pid}/children")

    def is_up() -> bool:
        assert container.poll() is None, log.read_text()
        found = children.read_text().split()
        if not found:
            return False
        state = Machine(int(found[0])).try_("systemctl", "is-system-running").stdout.strip()
        return state in {"running", "degraded"}

    try:
        wait_until(is_up, "the machine's start", BOOT_SECONDS)
        yield Machine(int(children.read_text().split()[0]))
    finally:
        container.terminate()  # shuts the machine down
        try:
            container.wait(BOOT_SECONDS)
        except subprocess.TimeoutExpired:
            container.kill()
            container.wait()


def install(machine: Machine, wheels: Path) -> None:
    """Install the service from the checkout, as on a machine without Internet access."""
    subprocess.run(
        ["sh", str(CHECKOUT / "packaging/wheels.sh"), sys.executable, str(wheels)], check=True
    )
    machine.run("sh", "/src/packaging/install.sh", "/wheels")
