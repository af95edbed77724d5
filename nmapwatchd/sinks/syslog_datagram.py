"""Says messages to syslog by datagram: this host's socket, or a collector over UDP."""

import os
import socket

from nmapwatchd.core.alert import Message
from nmapwatchd.formats.sensor import Sensor
from nmapwatchd.formats.syslog import MAXIMUM_DATAGRAM, local_message, syslog_message
from nmapwatchd.sinks.sink import SinkError, bracketed

# Seconds to wait for a syslog that does not read.
_PATIENCE = 5


class SyslogUnix:
    """
    Says messages to the syslog of this host.

    Args:
        path: its socket, usually /dev/log.
        sensor: who speaks.
    """

    def __init__(self, path: str, sensor: Sensor) -> None:
        self._path, self._sensor = path, sensor
        self._socket: socket.socket | None = None

    @property
    def name(self) -> str:
        """What the operator calls it."""
        return f"unix:{self._path}"

    def open(self) -> None:
        """Connect to the socket."""
        self.close()
        try:
            self._socket = _connect(socket.AF_UNIX, self._path)
        except OSError as error:
            raise SinkError.of(self.name, error) from error

    def send(self, message: Message) -> None:
        """Send a message."""
        try:
            _send(self._socket, local_message(message, self._sensor))
        except OSError as error:
            raise SinkError.of(self.name, error) from error

    def close(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class SyslogUdp:
    """
    Says messages to a collector over UDP, which promises nothing.

    Args:
        host: name or address of the collector.
        port: its port.
        sensor: who speaks.
    """

    def __init__(self, host: str, port: int, sensor: Sensor) -> None:
        self._host, self._port, self._sensor = host, port, sensor
        self._socket: socket.socket | None = None

    @property
    def name(self) -> str:
        """What the operator calls it."""
        return f"udp://{bracketed(self._host)}:{self._port}"

    def open(self) -> None:
        """Look the collector up."""
        self.close()
        try:
            found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM)
            family, _, _, _, address = found[0]
            self._socket = _connect(family, address)
        except OSError as error:
            raise SinkError.of(self.name, error) from error

    def send(self, message: Message) -> None:
        """Send a message, small enough that it is not fragmented."""
        try:
            _send(self._socket, syslog_message(message, self._sensor, MAXIMUM_DATAGRAM))
        except OSError as error:
            raise SinkError.of(self.name, error) from error

    def close(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _connect(family: int, address: str | tuple[object, ...]) -> socket.socket:
    """Return a datagram socket that is connected, so that a refusal comes back to us."""
    datagrams = socket.socket(family, socket.SOCK_DGRAM)
    try:
        datagrams.settimeout(_PATIENCE)
        datagrams.connect(address)
    except OSError:
        datagrams.close()
        raise
    return datagrams


def _send(datagrams: socket.socket | None, text: bytes) -> None:
    if datagrams is None:
        raise OSError(0, "it is not open")
    datagrams.send(text)
    # Where nobody listens on a near host, its refusal is here by now.
    refusal = datagrams.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if refusal:
        raise OSError(refusal, os.strerror(refusal))
