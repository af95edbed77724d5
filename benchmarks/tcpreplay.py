"""Sends a capture into a cable, and tells what that cost the sender and the kernel."""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Program, seconds_of
from benchmarks.network import INTERFACE, Cable, inside, received

_SENT = re.compile(r"Actual: (\d+) packets .* sent in ([\d.]+) seconds")


@dataclass(frozen=True, slots=True)
class Sending:
    """
    What was sent.

    Args:
        frames: that arrived at the far end.
        seconds: that it took.
        cpu: seconds of the sender and of the kernel's threads for packets: a packet filter on a
            veth pair runs at their expense.
    """

    frames: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        """Frames a second."""
        return self.frames / self.seconds


def send(cable: Cable, capture: Path, rate: int, times: int = 1, senders: int = 1) -> Sending:
    """
    Send a capture.

    Args:
        cable: sent from its near end.
        capture: what.
        rate: frames a second; 0 for as fast as it goes.
        times: how often in turn.
        senders: how many send it at the same time; they share the rate.
    """
    speed = ("--pps", str(rate // senders)) if rate else ("--topspeed",)
    options = ("--preload-pcap", f"--loop={times}", *speed)
    command = inside(cable.near, "tcpreplay", *options, "-i", INTERFACE, str(capture))
    before, kernel = received(cable.far), _kernel()
    with tempfile.TemporaryDirectory() as folder:
        outputs = [Path(folder, f"sent-{number}") for number in range(senders)]
        programs = [Program(command, output) for output in outputs]
        costs = [program.wait() for program in programs]
        said = [output.read_text(errors="replace") for output in outputs]
    matches = [_SENT.search(text) for text in said]
    if not all(matches) or any(cost.status for cost in costs):
        raise RuntimeError(f"tcpreplay: {said}")
    frames = received(cable.far) - before
    seconds = max(float(match[2]) for match in matches if match)
    return Sending(frames, seconds, sum(cost.cpu for cost in costs) + _kernel() - kernel)


def _kernel() -> float:
    """Return the processor seconds of the kernel's threads for packets."""
    return sum(
        seconds_of(int(path.parent.name))
        for path in Path("/proc").glob("[0-9]*/comm")
        if path.read_text().startswith("ksoftirqd/")
    )
