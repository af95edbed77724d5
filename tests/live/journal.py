"""A real journald of its own, in a mount namespace where nothing else writes to it."""

import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

JOURNALD = "/usr/lib/systemd/systemd-journald"
SOCKET = "/run/systemd/journal/socket"
OURS = "/run/systemd/ours"

# Empty places for what journald keeps, then journald itself, found by its pid. The socket of this
# machine's own journal is to be seen until the first of them is there.
_BEGIN = f"""
mount -t tmpfs tmpfs /run/systemd
mkdir -p /run/systemd/journal {OURS}
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


@contextmanager
def journal() -> Iterator[Journal]:
    """Start a journal, and stop it with all it holds."""
    process = subprocess.Popen(["unshare", "--mount", "sh", "-ec", _BEGIN])
    found = Journal(process.pid)
    try:
        end = time.monotonic() + 10
        while subprocess.run(
            found.inside(["test", "-S", SOCKET, "-a", "-d", OURS]), check=False
        ).returncode:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("journald did not start")
            time.sleep(0.05)
        yield found
    finally:
        process.terminate()
        process.wait(10)
