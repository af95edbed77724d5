"""What the service knows of time, and what it tells systemd."""

from collections.abc import Callable

from systemd import daemon


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


class Systemd:
    """Tells the service manager, where there is one, how things stand (sd_notify(3))."""

    def ready(self, status: str) -> None:
        """Every interface is open."""
        daemon.notify(f"READY=1\nSTATUS={status}")

    def alive(self, status: str) -> None:
        """The loop turned."""
        daemon.notify(f"WATCHDOG=1\nSTATUS={status}")

    def reloading(self) -> None:
        """The configuration is being read anew."""
        daemon.notify("RELOADING=1\nSTATUS=reading the configuration")

    def stopping(self) -> None:
        """The end has begun."""
        daemon.notify("STOPPING=1\nSTATUS=closing open scans")
