"""Send messages to the systemd journal, as fields."""

import contextlib
import select
import socket
from importlib import import_module

from nmapwatchd.core.alert import Message
from nmapwatchd.formats.format import JournalFormat
from nmapwatchd.sinks.sink import SinkError

# libsystemd's destination for entries; it has no other.
_SOCKET = "/run/systemd/journal/socket"
# systemd-python, which has to be compiled: loaded with the sink, so that captures can be replayed
# without it.
_MODULE = "systemd.journal"
# Milliseconds to wait for capacity in the journal's queue; a healthy journal needs less than one.
_TIMEOUT = 5_000


class JournaldSink:
    """
    Sends messages to the systemd journal of this host.

    Args:
        format_: returns the fields of an entry.
    """

    def __init__(self, format_: JournalFormat) -> None:
        self._format = format_
        self._probe: socket.socket | None = None

    @property
    def name(self) -> str:
        """Display name."""
        return "journald"

    def open(self) -> None:
        """Check that the journal is running."""
        self.close()
        try:
            import_module(_MODULE)
        except ImportError as error:
            raise SinkError(
                f"journald: {error.msg}; run: pip install nmapwatchd[service]"
            ) from error
        probe = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            probe.connect(_SOCKET)
        except OSError as error:
            probe.close()
            raise SinkError.of(f"journald: {_SOCKET}", error) from error
        self._probe = probe

    def send(self, message: Message) -> None:
        """Send an entry to the journal."""
        # Each time, since the journal may have been replaced, and libsystemd reports nothing if
        # there is none.
        self.open()
        self._wait_for_capacity()
        try:
            import_module(_MODULE).sendv(*self._format(message))
        except OSError as error:
            raise SinkError.of("journald", error) from error

    def close(self) -> None:
        """Close the probe of the journal's socket."""
        if self._probe is not None:
            with contextlib.suppress(OSError):
                self._probe.close()
            self._probe = None

    def _wait_for_capacity(self) -> None:
        """
        Wait until the journal accepts an entry immediately.

        libsystemd blocks as long as the journal does not read, and systemd-python holds the
        interpreter's lock meanwhile: every thread would block with it.
        """
        poll = select.poll()
        poll.register(self._probe or -1, select.POLLOUT)
        if not poll.poll(_TIMEOUT):
            raise SinkError(f"journald: has not read for {_TIMEOUT // 1000} s")
