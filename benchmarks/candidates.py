"""Extracts the candidates of a capture: the messages that pass the kernel filter."""

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.captures import count_frames, messages_of, write_frames
from nmapwatchd.capture.process import CaptureProcess
from nmapwatchd.filters.compiled import compile_filters
from nmapwatchd.signatures.loader import shipped_catalogue

# Most candidates of the replay that is timed: several seconds of work.
_MAXIMUM_TIMED = 20_000


def write_candidates(capture: Path, target: Path, timed: int) -> float:
    """
    Write the candidates of a capture to a new one, and time a replay of them.

    Args:
        capture: the capture.
        target: the new capture.
        timed: candidates in the replay, at most _MAXIMUM_TIMED.

    Returns:
        Candidates per second of the replay.
    """
    with tempfile.TemporaryDirectory(prefix="candidates-", dir=target.parent) as name:
        messages = Path(name, "messages.pcap")
        write_frames(messages, messages_of(capture))
        asyncio.run(_filter(messages, target))
        repeated = Path(name, "repeated.pcap")
        candidates = list(messages_of(target))
        write_frames(repeated, candidates * (1 + min(timed, _MAXIMUM_TIMED) // len(candidates)))
        command = [sys.executable, "-m", "benchmarks.sensor", str(repeated)]
        times = subprocess.run(command, check=True, capture_output=True, text=True).stderr
        return count_frames(repeated) / float(times.split()[-4])


async def _filter(messages: Path, target: Path) -> None:
    """Write the messages that pass the kernel filter."""
    kernel = compile_filters(shipped_catalogue()).kernel
    with messages.open("rb") as source, target.open("wb") as output:
        process = await CaptureProcess.from_file(source.fileno(), kernel, output.fileno())
        if await process.wait() != 0:
            raise RuntimeError(process.last_error)
