"""Take a process's processor time away: all of it, or nearly all."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
# Microseconds of processor that a starved process has of every tenth of a second: one percent.
_QUOTA, _PERIOD = 1_000, 100_000
# Seconds for which tshark is stopped when the service is: less than the service waits for it.
STOPPED_SECONDS = 0.5


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Freeze a process, which does not make it a stopped one (proc(5))."""
    with _group(pid, "freezer", "cgroup.procs") as group:
        old = (group / "freezer.state").exists()
        file = group / ("freezer.state" if old else "cgroup.freeze")
        file.write_text("FROZEN" if old else "1")
        try:
            yield
        finally:
            file.write_text("THAWED" if old else "0")


@contextmanager
def starved(pid: int) -> Iterator[None]:
    """Leave a process one percent of a processor."""
    with _group(pid, "cpu", "cgroup.procs") as group:
        if (group / "cpu.cfs_quota_us").exists():
            (group / "cpu.cfs_period_us").write_text(str(_PERIOD))
            (group / "cpu.cfs_quota_us").write_text(str(_QUOTA))
        else:
            (group / "cpu.max").write_text(f"{_QUOTA} {_PERIOD}")
        yield


@contextmanager
def _group(pid: int, controller: str, members: str) -> Iterator[Path]:
    """Move a process to a group of its own, of either version of control groups (cgroups(7))."""
    root = ROOT / controller
    if not root.is_dir():
        root = ROOT
        (root / "cgroup.subtree_control").write_text("+cpu")
    group = root / f"nwd-{os.getpid()}-{pid}"
    group.mkdir()
    (group / members).write_text(str(pid))
    try:
        yield group
    finally:
        for left in (group / members).read_text().split():
            (root / members).write_text(left)
        end = time.monotonic() + 5
        while True:
            try:
                group.rmdir()
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
