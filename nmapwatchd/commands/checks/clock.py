"""Warn of a clock whose times would be of no use in an alert."""

import ctypes
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from nmapwatchd.errors import Diagnostic

# The clock of a machine without a battery starts in the past: at the kernel's zero, or at the time
# of its build.
OLDEST = datetime(2025, 1, 1, tzinfo=UTC)

_TIME_ERROR = 5  # sys/timex.h: the clock is not synchronised
_TIMEX_BYTES = 512  # more than struct timex has on any machine; zeros change nothing


def clock_warnings() -> Iterator[Diagnostic]:
    """Yield what is wrong with this machine's clock."""
    yield from warnings_of(time.time(), is_synchronised())


def warnings_of(now: float, synchronised: bool | None) -> Iterator[Diagnostic]:
    """
    Yield what is wrong with a clock.

    Args:
        now: seconds since 1970 that it shows.
        synchronised: whether the kernel knows of a synchronisation; None if it does not tell.
    """
    if now < OLDEST.timestamp():
        shown = datetime.fromtimestamp(now, UTC)
        yield Diagnostic(
            "clock", f"shows {shown:%Y-%m-%d}, which is past; set it, and check its battery"
        )
    elif synchronised is False:
        yield Diagnostic(
            "clock",
            "is not synchronised: times of alerts, and hours of authorised scanners, may be wrong; "
            "run: timedatectl set-ntp true",
        )


def is_synchronised() -> bool | None:
    """Return whether the kernel's clock is synchronised; None if unknown, as in the unit."""
    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    return None if state < 0 else state != _TIME_ERROR
