"""Packet time goes on without packets; a clock that is set back is detected."""

from nmapwatchd.daemon.clock import ClockStepDetector, PacketClock

SECOND = 1_000_000_000


def test_packet_time_is_unknown_before_the_first_packet() -> None:
    assert PacketClock(lambda: 5.0).now() is None


def test_packet_time_is_the_last_packets_and_what_has_elapsed() -> None:
    elapsed = iter([10.0, 12.5, 13.0, 13.0])
    clock = PacketClock(lambda: next(elapsed))

    clock.set(100 * SECOND)
    assert clock.now() == 102 * SECOND + SECOND // 2

    clock.set(50 * SECOND)  # the packets' clock was set back
    assert clock.now() == 50 * SECOND


def test_a_clock_that_is_set_back_is_detected_once() -> None:
    readings = iter([100, 101, 41, 42, 3642])
    monotonic = iter(range(5))
    detector = ClockStepDetector(lambda: next(readings) * SECOND, lambda: next(monotonic) * SECOND)

    assert [detector.step_back() for _ in range(4)] == [0.0, 61.0, 0.0, 0.0]


def test_half_a_second_is_not_yet_a_step() -> None:
    readings = iter([0, SECOND // 2, SECOND // 2 - 1])
    monotonic = iter([0, SECOND, 1_500_000_000])
    detector = ClockStepDetector(lambda: next(readings), lambda: next(monotonic))

    assert detector.step_back() == 0.0  # half a second
    assert detector.step_back() == 500_000_001 / 1e9  # and a nanosecond more
