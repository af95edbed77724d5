"""Measure tshark's lag with a canary, even without traffic."""

import secrets
import time
from collections.abc import Callable

from nmapwatchd.core import canary
from nmapwatchd.core.units import SECOND

# What precedes IP on each link type that Linux opens by name: Ethernet without addresses, and links
# without a header of their own.
_BEFORE_IP = {1: bytes(12) + b"\x08\x00", 12: b"", 228: b""}

# Seconds that tshark has to start; with little processor time it takes long.
START_SECONDS = 30.0


class Liveness:
    """
    The canary that the capture process injects each second, and when tshark last wrote one.

    Args:
        clock: seconds of the monotonic clock.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # A secret, so that no host on the network can forge a canary.
        self._token = secrets.token_hex(canary.TOKEN // 2)
        self._start_deadline = float("inf")
        self._injected_at: float | None = None  # of the last canary that tshark wrote

    def frame(self, link: int) -> bytes:
        """Return the canary for a link type, b"" if it supports none; the first is due."""
        header = _BEFORE_IP.get(link)
        if header is None:
            return b""
        self._start_deadline = self._clock() + START_SECONDS
        return header + canary.packet(self._token)

    def accept(self, payload: bytes) -> bool:
        """Return whether a datagram is this canary; if so, record its time."""
        found = canary.read(payload)
        if found is None or found[0] != self._token:
            return False
        self._injected_at = found[1] / SECOND
        return True

    @property
    def is_flowing(self) -> bool:
        """Whether tshark has written a canary, or none is expected."""
        return self._injected_at is not None or self._start_deadline == float("inf")

    @property
    def is_overdue(self) -> bool:
        """Whether tshark should have written the first canary, and has not."""
        return self._injected_at is None and self._clock() > self._start_deadline

    @property
    def lag(self) -> float:
        """Seconds since the last canary that tshark wrote was injected; 0 before the first."""
        return 0.0 if self._injected_at is None else self._clock() - self._injected_at
