"""How far the reader of frames is behind is known, whatever becomes of the clock."""

from nmapwatchd.child.buffer_delay import SECOND, BufferDelay


class Clocks:
    """The system's clock and one that is never set, in seconds."""

    def __init__(self) -> None:
        self.wall, self.steady = 1_000_000, 0

    def wait(self) -> BufferDelay:
        return BufferDelay(lambda: self.wall * SECOND, lambda: self.steady * SECOND)

    def go_on(self, seconds: int) -> None:
        self.wall += seconds
        self.steady += seconds


def test_a_frame_that_waits_grows_older() -> None:
    clocks = Clocks()
    wait = clocks.wait()
    captured_at = clocks.wall * SECOND
    ages = []
    for _ in range(3):
        clocks.go_on(2)
        ages.append(wait.of(captured_at) // SECOND)

    assert ages == [2, 4, 6]


def test_a_reader_that_catches_up_is_no_longer_behind() -> None:
    clocks = Clocks()
    wait = clocks.wait()
    clocks.go_on(10)
    before = wait.of((clocks.wall - 9) * SECOND)
    clocks.go_on(1)

    assert (before // SECOND, wait.of(clocks.wall * SECOND)) == (9, 0)


def test_a_clock_that_is_set_forward_makes_no_frame_old() -> None:
    clocks = Clocks()
    wait = clocks.wait()
    captured_at = clocks.wall * SECOND
    clocks.go_on(1)
    clocks.wall += 3600

    assert wait.of(captured_at) // SECOND == 1


def test_a_frame_of_the_future_has_not_waited() -> None:
    clocks = Clocks()
    wait = clocks.wait()
    clocks.go_on(1)

    assert wait.of((clocks.wall + 3600) * SECOND) == 0
