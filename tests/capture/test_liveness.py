"""A pulse says how far tshark is behind, and only our own does."""

import time

import pytest

from nmapwatchd.capture.liveness import BEGIN_SECONDS, Liveness
from nmapwatchd.core import canary

ETHERNET, NONE = 1, 229
IP_HEADER, UDP_HEADER = 20, 8


def payload(pulse: Liveness, at: float) -> bytes:
    """Return what a pulse carries that was slipped in at a moment."""
    frame = pulse.frame(ETHERNET)
    assert frame is not None
    stamped = frame[: -canary.TIMESTAMP] + b"%016x" % int(at * 1e9)
    return stamped[14 + IP_HEADER + UDP_HEADER :]


def test_what_came_out_late_is_behind() -> None:
    pulse = Liveness()

    assert pulse.take(payload(pulse, time.monotonic() - 7))

    assert pulse.is_felt
    assert 7 <= pulse.behind < 8


def test_a_pulse_of_somebody_else_says_nothing() -> None:
    pulse = Liveness()
    pulse.frame(ETHERNET)

    assert not pulse.take(payload(Liveness(), time.monotonic()))

    assert not pulse.is_felt


def test_tshark_that_does_not_begin_is_overdue(monkeypatch: pytest.MonkeyPatch) -> None:
    pulse = Liveness()
    pulse.frame(ETHERNET)
    now = time.monotonic()

    assert not pulse.is_overdue
    monkeypatch.setattr(time, "monotonic", lambda: now + BEGIN_SECONDS + 1)
    assert pulse.is_overdue


def test_a_link_that_carries_no_pulse_is_not_waited_for() -> None:
    pulse = Liveness()

    assert pulse.frame(NONE) == b""

    assert pulse.is_felt
    assert not pulse.is_overdue
