"""Send messages to a syslog collector over TCP, plain or with TLS."""

import contextlib
import select
import socket
import ssl
from collections.abc import Callable

from nmapwatchd.core.alert import Message
from nmapwatchd.formats.format import Format
from nmapwatchd.formats.sensor import Sensor
from nmapwatchd.sinks.sink import SinkError, bracketed
from nmapwatchd.sinks.tls import Tls

# Seconds to wait for a connection, and for a collector that does not read.
_TIMEOUT = 10
# Milliseconds to wait for a collector's refusal (of a certificate, an address): with TLS 1.3 it
# arrives after the sensor's side of the handshake is complete.
_REFUSAL_WAIT = 250
# Seconds that a collector has to read what it was sent before it is considered lost: a slow one
# should not be sent everything again.
_CONFIRM_TIMEOUT = 30
# Bytes read from a collector before it is reported for sending data, which none should.
_MAXIMUM_RECEIVED = 65_536
# Milliseconds after which the kernel closes a connection whose data is not acknowledged.
_USER_TIMEOUT = 30_000

# Returns a message with its framing.
Framing = Callable[[bytes], bytes]

_SENDS_DATA = "it sends data, so it is not a syslog collector"


def octet_counted(text: bytes) -> bytes:
    """Return a message framed by its length (RFC 6587, 3.4.1; RFC 5425)."""
    return b"%d %b" % (len(text), text)


def terminated(text: bytes) -> bytes:
    """Return a message framed by a newline, which none contains (RFC 6587, 3.4.2)."""
    return text + b"\n"


class SyslogStreamSink:
    """
    Sends messages to a collector.

    Args:
        host: name or address of the collector.
        port: its port.
        sensor: origin of the messages.
        format_: returns one message without framing.
        frame: returns a message with its framing.
        tls: certificates, or None for plain TCP.
    """

    def __init__(
        self,
        host: str,
        port: int,
        sensor: Sensor,
        format_: Format,
        *,
        frame: Framing = octet_counted,
        tls: Tls | None = None,
    ) -> None:
        self._host, self._port, self._tls = host, port, tls
        self._sensor, self._format, self._frame = sensor, format_, frame
        self._socket: socket.socket | None = None

    @property
    def name(self) -> str:
        """Display name."""
        scheme = "tcp" if self._tls is None else "tls"
        return f"{scheme}://{bracketed(self._host)}:{self._port}"

    def open(self) -> None:
        """Connect."""
        self.close()
        try:
            self._socket = self._connect()
            self._await_refusal(self._socket)
            self._check()
        except OSError as error:
            self.close()
            raise SinkError.of(self.name, error) from error

    def send(self, message: Message) -> None:
        """Send a message."""
        frame = self._frame(self._format(message, self._sensor))
        if self._socket is None:
            raise SinkError(f"{self.name}: not open")
        try:
            self._check()
            self._socket.sendall(frame)
        except OSError as error:
            raise SinkError.of(self.name, error) from error

    def confirm(self) -> None:
        """
        Shut down the sensor's side of the connection, and wait for the collector's shutdown.

        Syslog over TCP has no receipts (RFC 6587, 4.4), and data that the collector's kernel
        acknowledged may never be read. But a collector that reaches the end of the stream has read
        everything before it; one that dies with unread data resets the connection.
        """
        if self._socket is None:
            return
        try:
            self._check()
            self._socket.settimeout(_CONFIRM_TIMEOUT)
            self._shut_down(self._socket)
        except TimeoutError as error:
            raise SinkError(f"{self.name}: the collector does not read its messages") from error
        except OSError as error:
            raise SinkError.of(self.name, error) from error
        finally:
            self._socket.close()
            self._socket = None

    @staticmethod
    def _shut_down(connection: socket.socket) -> None:
        if isinstance(connection, ssl.SSLSocket):
            # Some collectors, rsyslog among them, close without a close_notify of their own.
            with contextlib.suppress(ssl.SSLEOFError):
                connection.unwrap()
            return
        connection.shutdown(socket.SHUT_WR)
        for _ in range(_MAXIMUM_RECEIVED // 4096):
            if not connection.recv(4096):
                return
        raise OSError(0, _SENDS_DATA)

    def close(self) -> None:
        """Disconnect."""
        if self._socket is not None:
            with contextlib.suppress(OSError):  # the collector may have gone, and need not answer
                self._socket.settimeout(0)
                if isinstance(self._socket, ssl.SSLSocket):
                    self._socket.unwrap()
            self._socket.close()
            self._socket = None

    def _connect(self) -> socket.socket:
        context = self._tls.context() if self._tls else None
        plain = socket.create_connection((self._host, self._port), timeout=_TIMEOUT)
        try:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _USER_TIMEOUT)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if context is None:
                return plain
            return context.wrap_socket(plain, server_hostname=self._host)
        except OSError:
            plain.close()
            raise

    @staticmethod
    def _await_refusal(connection: socket.socket) -> None:
        """Wait until the collector sends something, for _REFUSAL_WAIT at most."""
        poll = select.poll()
        poll.register(connection, select.POLLIN)
        poll.poll(_REFUSAL_WAIT)

    def _check(self) -> None:
        """Detect that the collector has closed the connection, which a write does not."""
        if self._socket is None:
            return
        self._socket.settimeout(0)
        received = 0
        try:
            while data := self._socket.recv(4096):
                received += len(data)
                if received > _MAXIMUM_RECEIVED:
                    raise OSError(0, _SENDS_DATA)
        except (BlockingIOError, ssl.SSLWantReadError):
            self._socket.settimeout(_TIMEOUT)
            return
        raise OSError(0, "the collector closed the connection")
