"""Sends a capture with tcpreplay, and measures the cost for the sender and the kernel."""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Program, seconds_of
from benchmarks.network import INTERFACE, Cable, inside, received

_SENT = re.compile(r"Actual: (\d+) packets .* sent in ([\d.]+) seconds")


@dataclass(frozen=True, slots=True)
class Transmission:
    """
    A capture that was sent.

    Args:
        frames: frames received at the far end.
        seconds: duration.
        cpu: processor seconds of the sender and of the kernel's softirq threads, in which a
            packet filter on a veth pair runs.
    """

    frames: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        """Frames per second."""
        return self.frames / self.seconds


def send(cable: Cable, capture: Path, rate: int, times: int = 1, senders: int = 1) -> Transmission:
    """
    Send a capture.

    Args:
        cable: the capture is sent from its near end.
        capture: the capture.
        rate: frames per second; 0 for the highest possible.
        times: repetitions.
        senders: parallel senders of the whole capture; they share the rate.
    """
    speed = ("--pps", str(rate // senders)) if rate else ("--topspeed",)
    options = ("--preload-pcap", f"--loop={times}", *speed)
    command = inside(cable.near, "tcpreplay", *options, "-i", INTERFACE, str(capture))
    before, kernel = received(cable.far), _softirq_seconds()
    with tempfile.TemporaryDirectory() as folder:
        outputs = [Path(folder, f"sent-{number}") for number in range(senders)]
        programs = [Program(command, output) for output in outputs]
        costs = [program.wait() for program in programs]
        texts = [output.read_text(errors="replace") for output in outputs]
    matches = [_SENT.search(text) for text in texts]
    if not all(matches) or any(cost.status for cost in costs):
        raise RuntimeError(f"tcpreplay: {texts}")
    frames = received(cable.far) - before
    seconds = max(float(match[2]) for match in matches if match)
    cpu = sum(cost.cpu for cost in costs) + _softirq_seconds() - kernel
    return Transmission(frames, seconds, cpu)


def _softirq_seconds() -> float:
    """Return the processor seconds of the kernel's softirq threads."""
    return sum(
        seconds_of(int(path.parent.name))
        for path in Path("/proc").glob("[0-9]*/comm")
        if path.read_text().startswith("ksoftirqd/")
    )
