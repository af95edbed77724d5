"""Runs a real journald in its own mount namespace, where nothing else writes to it."""

import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

JOURNALD = "/usr/lib/systemd/systemd-journald"
_SOCKET = "/run/systemd/journal/socket"
_NAMESPACE_FLAG = "/run/systemd/nmapwatchd-journal"
# Timeout of its start, and of its end, seconds.
_TIMEOUT = 10.0

# Mounts empty directories for journald's files, then replaces itself by journald, which keeps the
# PID. Until the first is mounted, the socket of the machine's journal is visible in the namespace:
# hence the directory that only the new mount has.
_START_SCRIPT = f"""
mkdir -p /run/systemd /run/log
mount -t tmpfs tmpfs /run/systemd
mkdir -p /run/systemd/journal {_NAMESPACE_FLAG}
mount -t tmpfs tmpfs /run/log
mount -t tmpfs tmpfs /var/log
exec {JOURNALD}
"""


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal, identified by the PID of its journald."""

    pid: int

    def inside(self, command: Sequence[str]) -> list[str]:
        """Return a command that runs in this journal's mount namespace."""
        return ["nsenter", "--mount", f"--target={self.pid}", "--", *command]

    def entries(self, *matches: str) -> list[dict[str, Any]]:
        """Return the entries that match."""
        command = self.inside(["journalctl", "--no-pager", "--output=json", *matches])
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return [json.loads(line) for line in output.splitlines()]

    def sources(self) -> dict[str, float]:
        """Return the time of the first entry of each source, seconds since the epoch."""
        first: dict[str, float] = {}
        for entry in self.entries("--output-fields=NMAPWATCHD_SOURCE"):
            if "NMAPWATCHD_SOURCE" in entry:
                received_at = int(entry["__REALTIME_TIMESTAMP"]) / 1_000_000
                first.setdefault(entry["NMAPWATCHD_SOURCE"], received_at)
        return first


@contextmanager
def journal() -> Iterator[Journal]:
    """Start a journal, and stop and discard it at the end."""
    process = subprocess.Popen(["unshare", "--mount", "sh", "-ec", _START_SCRIPT])
    found = Journal(process.pid)
    try:
        deadline = time.monotonic() + _TIMEOUT
        ready = found.inside(["test", "-S", _SOCKET, "-a", "-d", _NAMESPACE_FLAG])
        while subprocess.run(ready, check=False).returncode:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("journald did not start")
            time.sleep(0.05)
        yield found
    finally:
        process.terminate()
        process.wait(_TIMEOUT)
