"""A pulse tells how far tshark is behind the wire, also when nothing else comes."""

import secrets
import time

from nmapwatchd.core import canary

# What stands before IP on each link that Linux opens by name: Ethernet with no addresses, and links
# without a header of their own.
_BEFORE_IP = {1: bytes(12) + b"\x08\x00", 12: b"", 228: b""}

# Seconds that tshark has to begin; where the processor is scarce it takes long.
BEGIN_SECONDS = 30.0


class Liveness:
    """What the capture process slips in each second, and when it came out of tshark last."""

    def __init__(self) -> None:
        # A secret, so that nobody on the wire can say that all is well.
        self._token = secrets.token_hex(canary.TOKEN // 2)
        self._due = float("inf")  # when tshark must have begun
        self._sent_at: float | None = None
        self.heard_at = time.monotonic()

    def frame(self, link: int) -> bytes:
        """Return the frame to slip in on a link of this type, b"" where there is none."""
        before = _BEFORE_IP.get(link)
        if before is None:
            return b""
        self._due = time.monotonic() + BEGIN_SECONDS
        return before + canary.packet(self._token)

    def take(self, payload: bytes) -> bool:
        """Tell whether a datagram is one of ours, and take note of it."""
        found = canary.read(payload)
        if found is None or found[0] != self._token:
            return False
        self._sent_at = found[1] / 1e9
        return True

    @property
    def is_felt(self) -> bool:
        """Whether one has come out of tshark, or none is to be expected."""
        return self._sent_at is not None or self._due == float("inf")

    @property
    def is_overdue(self) -> bool:
        """Whether tshark should have begun, and has not."""
        return self._sent_at is None and time.monotonic() > self._due

    @property
    def behind(self) -> float:
        """Seconds since the last one that came out went in."""
        return 0.0 if self._sent_at is None else time.monotonic() - self._sent_at
