"""Notify systemd of the service's state (sd_notify(3))."""

import os
import socket

import structlog

_log = structlog.get_logger()


class SystemdNotifier:
    """
    Sends state and status to the service manager, if there is one.

    Never blocks: libsystemd's own call waits for as long as the manager does not read, and the
    sensor would not capture meanwhile. A state that the manager has no room for is sent again with
    the next one.
    """

    def __init__(self) -> None:
        address = os.environ.get("NOTIFY_SOCKET", "")
        # A name that starts with @ is in the abstract namespace (unix(7)).
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._unsent = ""
        self._is_failing = False

    def ready(self, status: str) -> None:
        """Report that every interface is captured on, or that the status names its outage."""
        self._send("READY=1\n", status)

    def alive(self, status: str) -> None:
        """Report that the main loop is running."""
        self._send("WATCHDOG=1\n", status)

    def reloading(self) -> None:
        """Report that a reload has started."""
        self._send("RELOADING=1\n", "reloading the configuration")

    def stopping(self) -> None:
        """Report that the service is about to end."""
        self._send("STOPPING=1\n", "closing open scans")

    def stopped(self) -> None:
        """Clear the status, which the service manager would show until the next start."""
        self._send("", "")

    def _send(self, state: str, status: str) -> None:
        if not self._address:
            return
        text = f"{self._unsent}{state}STATUS={status}"
        try:
            self._socket.sendto(text.encode("utf-8", "replace"), self._address)
        except OSError as error:
            if not self._is_failing:
                _log.warning("service manager not reachable", error=error.strerror)
            self._is_failing = True
            if not state.startswith("WATCHDOG"):
                self._unsent = state
        else:
            self._is_failing = False
            self._unsent = ""
