"""What is counted on the way from the wire to observations."""

from dataclasses import astuple, dataclass
from operator import add, sub


@dataclass(frozen=True, slots=True)
class CaptureStats:
    """
    What became of frames on their way.

    Args:
        frames: that the kernel let through.
        dropped: of these, that the kernel lost.
        undecodable: candidates that could not be read.
        shed: candidates of loud sources that were not looked at, as far as counted.
        lost_at_handover: frames, about, that a process held when it had to be ended.
    """

    frames: int = 0
    dropped: int = 0
    undecodable: int = 0
    shed: int = 0
    lost_at_handover: int = 0

    def __add__(self, other: "CaptureStats") -> "CaptureStats":
        return CaptureStats(*map(add, astuple(self), astuple(other)))

    def __sub__(self, other: "CaptureStats") -> "CaptureStats":
        return CaptureStats(*map(sub, astuple(self), astuple(other)))


@dataclass(frozen=True, slots=True)
class InterfaceStatus:
    """How one interface is seen."""

    interface: str
    is_capturing: bool
    frames: int
    dropped: int
    respawns: int
