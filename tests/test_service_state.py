"""What the service knows of losses."""

from nmapwatchd.service_state import Losses


def test_what_is_lost_is_said_once_and_not_too_often() -> None:
    losses = Losses(seconds=60)

    assert losses.unsaid(0, 0) == 0
    assert losses.unsaid(3, 1) == 3
    assert losses.unsaid(3, 100) == 0
    assert losses.unsaid(5, 101) == 2
    assert losses.unsaid(9, 120) == 0
    assert losses.unsaid(10, 161) == 5
