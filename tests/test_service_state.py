"""What the service knows of losses, and of the clock."""

from nmapwatchd.service_state import ClockSteps, Losses


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
