"""The delay of frames in the buffer is known, whatever happens to the clock."""

from nmapwatchd.child.buffer_delay import SECOND, BufferDelay


class Clocks:
    """The system's clock and a monotonic one, in seconds."""

    def __init__(self) -> None:
        self.wall, self.steady = 1_000_000, 0

    def delay(self) -> BufferDelay:
        return BufferDelay(lambda: self.wall * SECOND, lambda: self.steady * SECOND)

    def advance(self, seconds: int) -> None:
        self.wall += seconds
        self.steady += seconds


def test_a_frame_that_waits_grows_older() -> None:
    clocks = Clocks()
    delay = clocks.delay()
    captured_at = clocks.wall * SECOND
    ages = []
    for _ in range(3):
        clocks.advance(2)
        ages.append(delay.of(captured_at) // SECOND)

    assert ages == [2, 4, 6]


def test_a_reader_that_catches_up_has_no_delay() -> None:
    clocks = Clocks()
    delay = clocks.delay()
    clocks.advance(10)
    before = delay.of((clocks.wall - 9) * SECOND)
    clocks.advance(1)

    assert (before // SECOND, delay.of(clocks.wall * SECOND)) == (9, 0)


def test_a_clock_that_is_set_forward_makes_no_frame_old() -> None:
    clocks = Clocks()
    delay = clocks.delay()
    captured_at = clocks.wall * SECOND
    clocks.advance(1)
    clocks.wall += 3600

    assert delay.of(captured_at) // SECOND == 1


def test_a_frame_of_the_future_has_not_waited() -> None:
    clocks = Clocks()
    delay = clocks.delay()
    clocks.advance(1)

    assert delay.of((clocks.wall + 3600) * SECOND) == 0
