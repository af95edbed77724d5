"""Sends a capture into a cable, and tells what that cost the sender and the kernel."""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import run, seconds_of
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


def send(cable: Cable, capture: Path, rate: int, times: int = 1) -> Sending:
    """
    Send a capture.

    Args:
        cable: sent from its near end.
        capture: what.
        rate: frames a second; 0 for as fast as it goes.
        times: how often in turn.
    """
    speed = ("--pps", str(rate)) if rate else ("--topspeed",)
    command = inside(
        cable.near,
        "tcpreplay",
        "--preload-pcap",
        *speed,
        f"--loop={times}",
        "-i",
        INTERFACE,
        str(capture),
    )
    before, kernel = received(cable.far), _kernel()
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "sent")
        cost = run(command, output)
        said = output.read_text(errors="replace")
    match = _SENT.search(said)
    if match is None or cost.status:
        raise RuntimeError(f"tcpreplay: {said}")
    frames = received(cable.far) - before
    return Sending(frames, float(match[2]), cost.cpu + _kernel() - kernel)


def _kernel() -> float:
    """Return the processor seconds of the kernel's threads for packets."""
    return sum(
        seconds_of(int(path.parent.name))
        for path in Path("/proc").glob("[0-9]*/comm")
        if path.read_text().startswith("ksoftirqd/")
    )
