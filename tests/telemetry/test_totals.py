from nmapwatchd.capture.stats import CaptureStats
from nmapwatchd.core.counters import Counters
from nmapwatchd.telemetry.totals import CaptureTotals


class Supervisor:
    """A supervisor that has counted so much."""

    def __init__(self, frames: int, dropped: int) -> None:
        self.counts = CaptureStats(frames, dropped, undecodable=1, shed=2, lost_at_handover=frames)


def test_the_counts_of_a_closed_supervisor_stay() -> None:
    totals, counters = CaptureTotals(), Counters()
    for closed in (Supervisor(5, 1), Supervisor(7, 0)):
        totals.add_closed(closed)

    totals.update(counters, [Supervisor(10, 3)])

    assert (counters.frames, counters.kernel_drops) == (22, 4)
    assert counters.candidates == 0
    assert (counters.undecodable, counters.shed, counters.lost_at_handover) == (3, 6, 22)


def test_no_fewer_frames_than_were_read_are_counted() -> None:
    """The kernel's count arrives four times a second, the candidates at once."""
    counters = Counters(candidates=310)

    CaptureTotals().update(counters, [Supervisor(1, 1)])

    assert counters.frames == 310 + 2 + 1
