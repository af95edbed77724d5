"""Picks a capture's candidates: the messages that the kernel lets through to tshark."""

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.captures import count_frames, messages_of, write_frames
from nmapwatchd.capture.process import CaptureProcess
from nmapwatchd.filters.compiled import compile_filters
from nmapwatchd.signatures.loader import shipped_catalogue

# Candidates that a replay is timed with at most: several seconds of work.
_TIMED = 20_000


def write_candidates(capture: Path, target: Path, timed: int) -> float:
    """
    Write a capture of another one's candidates.

    Args:
        capture: what they are picked from.
        target: the new capture.
        timed: candidates that a replay is timed with; many of them are no better than some.

    Returns:
        How many of them a second a replay goes through.
    """
    with tempfile.TemporaryDirectory(prefix="candidates-", dir=target.parent) as name:
        messages = Path(name, "messages.pcap")
        write_frames(messages, messages_of(capture))
        asyncio.run(_sieve(messages, target))
        many = Path(name, "many.pcap")
        found = list(messages_of(target))
        write_frames(many, found * (1 + min(timed, _TIMED) // len(found)))
        command = [sys.executable, "-m", "benchmarks.sensor", str(many)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
        return count_frames(many) / float(said.split()[-4])


async def _sieve(messages: Path, target: Path) -> None:
    """Write what the kernel's filter lets through."""
    kernel = compile_filters(shipped_catalogue()).kernel
    with messages.open("rb") as source, target.open("wb") as sieved:
        process = await CaptureProcess.from_file(source.fileno(), kernel, sieved.fileno())
        if await process.wait() != 0:
            raise RuntimeError(process.last_error)
