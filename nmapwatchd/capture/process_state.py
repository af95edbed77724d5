"""Read a process's state and memory from /proc (proc(5))."""

from pathlib import Path


def is_stopped(pid: int) -> bool:
    """Return whether a process exists, but is stopped."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state in "Tt"


def private_memory(pid: int) -> int:
    """Return the bytes of memory that a process shares with no other; 0 if it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    for line in status.splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) << 10
    return 0
