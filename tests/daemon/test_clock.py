"""What the service knows of losses, and of the clock."""

from nmapwatchd.capture.stats import CaptureStats
from nmapwatchd.core.counters import Counters
from nmapwatchd.daemon.clock import ClockSteps, Losses
from nmapwatchd.telemetry.totals import CaptureTotals


def test_what_is_lost_is_said_once_and_not_too_often() -> None:
    losses = Losses(seconds=60)

    assert losses.unsaid(0, 0) == 0
    assert losses.unsaid(3, 1) == 3
    assert losses.unsaid(3, 100) == 0
    assert losses.unsaid(5, 101) == 2
    assert losses.unsaid(9, 120) == 0
    assert losses.unsaid(10, 161) == 5


def test_a_clock_that_is_set_back_is_noticed_once() -> None:
    moments = iter([100, 101, 41, 42, 3642])
    steady = iter(range(5))
    steps = ClockSteps(lambda: next(moments) * 10**9, lambda: next(steady) * 10**9)

    assert [steps.set_back() for _ in range(4)] == [0.0, 61.0, 0.0, 0.0]


class InterfaceSupervisor:
    """A watch that has counted so much."""

    def __init__(self, frames: int, dropped: int) -> None:
        self.counts = CaptureStats(frames, dropped, undecodable=1, shed=2, lost_at_handover=frames)


def test_what_a_watch_has_counted_stays_when_it_is_gone() -> None:
    sums, counters = CaptureTotals(), Counters()
    stays = InterfaceSupervisor(10, 3)
    for gone in (InterfaceSupervisor(5, 1), InterfaceSupervisor(7, 0)):
        sums.keep(gone)

    sums.write(counters, [stays])

    assert (counters.frames, counters.kernel_drops) == (22, 4)
    assert (counters.undecodable, counters.shed, counters.lost_at_handover) == (3, 6, 22)
