"""Send messages to syslog by datagram: to this host's socket, or to a collector over UDP."""

import os
import socket
from collections.abc import Callable
from typing import Any

from nmapwatchd.core.alert import Message
from nmapwatchd.formats.format import Format
from nmapwatchd.formats.sensor import Sensor
from nmapwatchd.sinks.sink import SinkError, bracketed

# Seconds to wait for a destination that does not read.
_TIMEOUT = 5

# Address family and address of a datagram socket's destination.
Destination = tuple[int, Any]


class SyslogDatagramSink:
    """
    Sends each message in one datagram; the protocol has no receipts.

    Args:
        name: display name.
        resolve: returns the destination, at each opening; may raise OSError.
        sensor: origin of the messages.
        format_: returns one datagram.
    """

    def __init__(
        self, name: str, resolve: Callable[[], Destination], sensor: Sensor, format_: Format
    ) -> None:
        self._name, self._resolve = name, resolve
        self._sensor, self._format = sensor, format_
        self._socket: socket.socket | None = None

    @classmethod
    def local(cls, path: str, sensor: Sensor, format_: Format) -> "SyslogDatagramSink":
        """Return the sink for a socket of this host, usually /dev/log."""
        return cls(f"unix:{path}", lambda: (socket.AF_UNIX, path), sensor, format_)

    @classmethod
    def udp(cls, host: str, port: int, sensor: Sensor, format_: Format) -> "SyslogDatagramSink":
        """Return the sink for a collector, by name or address."""

        def resolve() -> Destination:
            family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
            return family, address

        return cls(f"udp://{bracketed(host)}:{port}", resolve, sensor, format_)

    @property
    def name(self) -> str:
        """Display name."""
        return self._name

    def open(self) -> None:
        """Resolve the destination and connect, so that a refusal is reported."""
        self.close()
        try:
            family, address = self._resolve()
            self._socket = socket.socket(family, socket.SOCK_DGRAM)
            self._socket.settimeout(_TIMEOUT)
            self._socket.connect(address)
        except OSError as error:
            self.close()
            raise SinkError.of(self.name, error) from error

    def send(self, message: Message) -> None:
        """Send a message."""
        if self._socket is None:
            raise SinkError(f"{self.name}: not open")
        try:
            self._socket.send(self._format(message, self._sensor))
            # The refusal of a near host without a listener has arrived by now.
            refusal = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if refusal:
                raise OSError(refusal, os.strerror(refusal))
        except OSError as error:
            raise SinkError.of(self.name, error) from error

    def close(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
