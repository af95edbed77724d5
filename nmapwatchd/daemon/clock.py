"""What the service knows of time, and what it tells systemd."""

import os
import socket
from collections.abc import Callable

import structlog

_log = structlog.get_logger()

# Nanoseconds by which a clock that is set differs; one that is only slewed does not in a second.
LEAST_STEP = 500_000_000


class PacketClock:
    """
    Packet time on a quiet network: the last packet's time, and what has passed since.

    A jump of the system's clock moves it only with the next packet.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._last: tuple[int, float] | None = None

    def saw(self, at: int) -> None:
        """Take note of a packet's time, nanoseconds since the epoch."""
        self._last = (at, self._monotonic())

    def now(self) -> int | None:
        """Return packet time, or None before the first packet."""
        if self._last is None:
            return None
        at, moment = self._last
        return at + int((self._monotonic() - moment) * 1_000_000_000)


class Losses:
    """
    A count of what is lost, of which is said from time to time how much is new.

    Args:
        seconds: between two times that something is said.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._said = 0
        self._said_at = float("-inf")

    def unsaid(self, total: int, now: float) -> int:
        """Return how many are to be said now, which then are; 0 when it is not time."""
        new = total - self._said
        if new <= 0 or now - self._said_at < self._seconds:
            return 0
        self._said, self._said_at = total, now
        return new


class ClockSteps:
    """
    Notices when the system's clock is set.

    Args:
        clock: nanoseconds since the epoch.
        monotonic: nanoseconds of a clock that is never set.
    """

    def __init__(self, clock: Callable[[], int], monotonic: Callable[[], int]) -> None:
        self._clock, self._monotonic = clock, monotonic
        self._between = clock() - monotonic()

    def set_back(self) -> float:
        """Return by how many seconds it was set back since the last call; 0.0 if it was not."""
        between = self._clock() - self._monotonic()
        step = between - self._between
        self._between = between
        return -step / 1e9 if step < -LEAST_STEP else 0.0


class Systemd:
    """
    Tells the service manager, where there is one, how things stand (sd_notify(3)).

    Never waits: libsystemd's own call does, for as long as the manager does not read, and the
    sensor would see nothing meanwhile. What the manager has no room for is said again a tick later.
    """

    def __init__(self) -> None:
        address = os.environ.get("NOTIFY_SOCKET", "")
        # A name that begins with @ is in the abstract namespace (unix(7)).
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._unsaid = ""
        self._deaf = False

    def ready(self, status: str) -> None:
        """Every interface is open."""
        self._tell("READY=1\n", status)

    def alive(self, status: str) -> None:
        """The loop turned."""
        self._tell("WATCHDOG=1\n", status)

    def reloading(self) -> None:
        """The configuration is being read anew."""
        self._tell("RELOADING=1\n", "reading the configuration")

    def stopping(self) -> None:
        """The end has begun."""
        self._tell("STOPPING=1\n", "closing open scans")

    def _tell(self, state: str, status: str) -> None:
        if not self._address:
            return
        text = f"{self._unsaid}{state}STATUS={status}"
        try:
            self._socket.sendto(text.encode("utf-8", "replace"), self._address)
        except OSError as error:
            if not self._deaf:
                _log.warning("the service manager does not listen", error=error.strerror)
            self._deaf = True
            if not state.startswith("WATCHDOG"):
                self._unsaid = state
        else:
            self._deaf = False
            self._unsaid = ""
