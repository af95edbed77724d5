"""A real journald of its own, in a mount namespace where nobody else writes to it."""

import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

JOURNALD = "/usr/lib/systemd/systemd-journald"
_SOCKET = "/run/systemd/journal/socket"
_OURS = "/run/systemd/ours"
# Seconds that it has to start, and to end.
_START_SECONDS = 10.0

# Empty places for what journald keeps, then journald itself, found by its pid. Until the first of
# them is there, the socket of this machine's own journal is to be seen.
_BEGIN = f"""
mkdir -p /run/systemd /run/log
mount -t tmpfs tmpfs /run/systemd
mkdir -p /run/systemd/journal {_OURS}
mount -t tmpfs tmpfs /run/log
mount -t tmpfs tmpfs /var/log
exec {JOURNALD}
"""


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal, known by the process whose mounts it is seen in."""

    pid: int

    def inside(self, command: Sequence[str]) -> list[str]:
        """Return a command that runs where this journal is the journal."""
        return ["nsenter", "--mount", f"--target={self.pid}", "--", *command]

    def entries(self, *matches: str) -> list[dict[str, Any]]:
        """Return what the journal holds."""
        command = self.inside(["journalctl", "--no-pager", "--output=json", *matches])
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return [json.loads(line) for line in said.splitlines()]

    def sources(self) -> dict[str, float]:
        """Return who was told, and when journald had the first entry, seconds since the epoch."""
        found: dict[str, float] = {}
        for entry in self.entries("--output-fields=NMAPWATCHD_SOURCE"):
            if "NMAPWATCHD_SOURCE" in entry:
                at = int(entry["__REALTIME_TIMESTAMP"]) / 1_000_000
                found.setdefault(entry["NMAPWATCHD_SOURCE"], at)
        return found


@contextmanager
def journal() -> Iterator[Journal]:
    """Start a journal, and stop it with all it holds."""
    process = subprocess.Popen(["unshare", "--mount", "sh", "-ec", _BEGIN])
    found = Journal(process.pid)
    try:
        deadline = time.monotonic() + _START_SECONDS
        ready = found.inside(["test", "-S", _SOCKET, "-a", "-d", _OURS])
        while subprocess.run(ready, check=False).returncode:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("journald did not start")
            time.sleep(0.05)
        yield found
    finally:
        process.terminate()
        process.wait(_START_SECONDS)
