"""A canary measures tshark's lag, and only this service's own does."""

from nmapwatchd.capture.liveness import START_SECONDS, Liveness
from nmapwatchd.core import canary

ETHERNET, RAW, RAW_IPV4, OTHER = 1, 12, 228, 229
IP_HEADER, UDP_HEADER = 20, 8


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def payload(liveness: Liveness, injected_at: float) -> bytes:
    """Return the payload of a canary that was injected at a time."""
    frame = liveness.frame(ETHERNET)
    stamped = frame[: -canary.TIMESTAMP] + b"%016x" % int(injected_at * 1e9)
    return stamped[14 + IP_HEADER + UDP_HEADER :]


def test_a_late_canary_is_a_lag() -> None:
    clock = Clock()
    liveness = Liveness(clock)

    assert liveness.lag == 0
    assert liveness.accept(payload(liveness, clock.seconds - 7))

    assert liveness.is_flowing
    assert liveness.lag == 7
    clock.seconds += 2
    assert liveness.lag == 9


def test_a_canary_of_another_service_is_ignored() -> None:
    liveness = Liveness(Clock())
    liveness.frame(ETHERNET)

    assert not liveness.accept(payload(Liveness(), 1_000))
    assert not liveness.accept(b"no canary")

    assert not liveness.is_flowing


def test_a_tshark_that_does_not_start_is_overdue() -> None:
    clock = Clock()
    liveness = Liveness(clock)
    first = payload(liveness, clock.seconds)
    clock.seconds += START_SECONDS

    assert not liveness.is_overdue
    clock.seconds += 0.1
    assert liveness.is_overdue
    assert liveness.accept(first)
    assert not liveness.is_overdue


def test_a_link_without_a_canary_is_not_waited_for() -> None:
    clock = Clock()
    liveness = Liveness(clock)

    assert liveness.frame(OTHER) == b""
    clock.seconds += START_SECONDS + 1

    assert liveness.is_flowing
    assert not liveness.is_overdue


def test_a_link_without_a_header_has_the_bare_packet() -> None:
    liveness = Liveness(Clock())

    assert liveness.frame(RAW) == liveness.frame(RAW_IPV4) == liveness.frame(ETHERNET)[14:]
