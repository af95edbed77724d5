"""Capture counters and status."""

from dataclasses import astuple, dataclass
from operator import add, sub


@dataclass(frozen=True, slots=True)
class CaptureStats:
    """
    Counters from the kernel to observations.

    Args:
        frames: frames that the kernel filter accepted.
        dropped: frames of these that the kernel dropped.
        undecodable: candidates that could not be decoded.
        shed: candidates of flooding sources that were discarded unread, as far as counted.
        lost_at_handover: frames, about, that a process held when it was killed.
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
    """
    Status of one interface.

    Args:
        interface: its name.
        is_capturing: whether frames pass the capture process and tshark.
        frames: frames that the kernel filter accepted.
        dropped: frames of these that the kernel dropped.
        tshark_restarts: how often its tshark was replaced.
        uninspected: percent of its frames that the kernel filter cannot look into.
        thinning_factor: one in so many frames that anyone can forge is inspected.
    """

    interface: str
    is_capturing: bool
    frames: int
    dropped: int
    tshark_restarts: int
    uninspected: int = 0
    thinning_factor: int = 1
