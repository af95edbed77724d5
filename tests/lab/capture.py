"""Captures the traffic on the wire."""

from __future__ import annotations

import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.lab.network import Tap, inside


@contextmanager
def captured(tap: Tap, path: Path) -> Iterator[None]:
    """Write every frame at the tap to a capture file, without truncation."""
    tcpdump = [
        "tcpdump",
        "-i",
        tap.interface,
        "-U",
        "--immediate-mode",
        "-Z",
        "root",
        "-w",
        str(path),
    ]
    command = inside(tap.namespace, tcpdump)
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith(b"tcpdump: listening on"):
                break
        try:
            yield
            time.sleep(0.3)
        finally:
            process.terminate()


def trim(path: Path, limit: int) -> None:
    """Truncate a capture file after the last complete frame within `limit` bytes."""
    content = path.read_bytes()
    end = 24
    while end < len(content):
        (length,) = struct.unpack_from("=I", content, end + 8)
        if end + 16 + length > limit:
            break
        end += 16 + length
    path.write_bytes(content[:end])
