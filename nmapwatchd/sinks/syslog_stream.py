"""Says messages to a syslog collector over TCP, plain or with TLS."""

import contextlib
import select
import socket
import ssl

from nmapwatchd.core.alert import Message
from nmapwatchd.formats.sensor import Sensor
from nmapwatchd.formats.syslog import syslog_message
from nmapwatchd.sinks.sink import SinkError, bracketed
from nmapwatchd.sinks.tls import Tls

# Seconds to wait for a connection, and for a collector that does not read.
_PATIENCE = 10
# Milliseconds within which a collector that refuses us (a certificate, an address) says so: with
# TLS 1.3 it does after our side of the handshake is done.
_SETTLING = 250
# Seconds that a collector has to read what it was sent, once it is asked whether it did: a slow one
# is not to be told everything again.
_READING = 30
# Bytes read from a collector that talks, which none should, before we say that it does.
_MAXIMUM_TALK = 65_536
# Milliseconds after which the kernel gives up on a collector that acknowledges nothing.
_DEAD_AFTER = 30_000

_TALKS = "it talks; that is no syslog collector"


class SyslogStream:
    """
    Says messages to a collector, each framed by its length (RFC 6587, 3.4.1; RFC 5425).

    Args:
        host: name or address of the collector.
        port: its port.
        sensor: who speaks.
        tls: certificates, or None for plain TCP.
    """

    def __init__(self, host: str, port: int, sensor: Sensor, tls: Tls | None = None) -> None:
        self._host, self._port, self._sensor, self._tls = host, port, sensor, tls
        self._socket: socket.socket | None = None

    @property
    def name(self) -> str:
        """What the operator calls it."""
        scheme = "tcp" if self._tls is None else "tls"
        return f"{scheme}://{bracketed(self._host)}:{self._port}"

    def open(self) -> None:
        """Connect."""
        self.close()
        try:
            self._socket = self._connect()
            self._settle(self._socket)
            self._check()
        except OSError as error:
            self.close()
            raise SinkError.of(self.name, error) from error

    def send(self, message: Message) -> None:
        """Send a message."""
        text = syslog_message(message, self._sensor)
        frame = b"%d %b" % (len(text), text)
        if self._socket is None:
            raise SinkError(f"{self.name}: it is not open")
        try:
            self._check()
            self._socket.sendall(frame)
        except OSError as error:
            raise SinkError.of(self.name, error) from error

    def confirm(self) -> None:
        """
        End our side of the connection, and wait for the collector to end its own.

        Syslog over TCP has no receipts (RFC 6587, 4.4), and what the collector's kernel took may
        never be read. But one that meets our end has read what came before it; one that dies with
        something unread resets the connection.
        """
        if self._socket is None:
            return
        try:
            self._check()
            self._socket.settimeout(_READING)
            self._end(self._socket)
        except TimeoutError as error:
            raise SinkError(f"{self.name}: the collector does not read what it is sent") from error
        except OSError as error:
            raise SinkError.of(self.name, error) from error
        finally:
            self._socket.close()
            self._socket = None

    @staticmethod
    def _end(connection: socket.socket) -> None:
        if isinstance(connection, ssl.SSLSocket):
            # Some collectors, rsyslog among them, answer our farewell by closing without theirs.
            with contextlib.suppress(ssl.SSLEOFError):
                connection.unwrap()
            return
        connection.shutdown(socket.SHUT_WR)
        for _ in range(_MAXIMUM_TALK // 4096):
            if not connection.recv(4096):
                return
        raise OSError(0, _TALKS)

    def close(self) -> None:
        """Disconnect."""
        if self._socket is not None:
            with contextlib.suppress(OSError):  # the other side may have gone, and need not answer
                self._socket.settimeout(0)
                if isinstance(self._socket, ssl.SSLSocket):
                    self._socket.unwrap()
            self._socket.close()
            self._socket = None

    def _connect(self) -> socket.socket:
        context = self._tls.context() if self._tls else None
        plain = socket.create_connection((self._host, self._port), timeout=_PATIENCE)
        try:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _DEAD_AFTER)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if context is None:
                return plain
            return context.wrap_socket(plain, server_hostname=self._host)
        except OSError:
            plain.close()
            raise

    @staticmethod
    def _settle(connection: socket.socket) -> None:
        """Wait until the collector says something, or has had the time to."""
        poll = select.poll()
        poll.register(connection, select.POLLIN)
        poll.poll(_SETTLING)

    def _check(self) -> None:
        """Notice that the collector has gone, which a write does not."""
        if self._socket is None:
            return
        self._socket.settimeout(0)
        talk = 0
        try:
            while heard := self._socket.recv(4096):
                talk += len(heard)
                if talk > _MAXIMUM_TALK:
                    raise OSError(0, _TALKS)
        except (BlockingIOError, ssl.SSLWantReadError):
            self._socket.settimeout(_PATIENCE)
            return
        raise OSError(0, "the collector closed the connection")
