"""Picks a capture's candidates: the messages that tshark lets through to Python."""

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.captures import count_frames, messages_of, write_frames
from nmapwatchd.sieve.plan import plan
from nmapwatchd.signature_files import shipped_catalogue

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
    dissection = plan(shipped_catalogue()).dissection
    preferences = [f"-o{name}:{value}" for name, value in dissection.preferences.items()]
    with tempfile.TemporaryDirectory(prefix="candidates-", dir=target.parent) as name:
        messages = Path(name, "messages.pcap")
        write_frames(messages, messages_of(capture))
        subprocess.run(
            ["tshark", "-n", "-r", str(messages), "-Y", dissection.display_filter, *preferences,
             "-F", "pcap", "-w", str(target)],
            check=True, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        many = Path(name, "many.pcap")
        found = list(messages_of(target))
        write_frames(many, found * (1 + min(timed, _TIMED) // len(found)))
        command = [sys.executable, "-m", "benchmarks.sensor", str(many)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
        return count_frames(many) / float(said.split()[-4])
