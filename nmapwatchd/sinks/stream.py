"""Says messages to a syslog collector over TCP, plain or with TLS."""

import contextlib
import select
import socket
import ssl
import time
from collections import deque

from nmapwatchd.core.alert import Message
from nmapwatchd.sinks.rfc5424 import syslog_message
from nmapwatchd.sinks.sink import Sensor, SinkError, bracketed
from nmapwatchd.sinks.tls import Tls

# Seconds to wait for a connection, and for a collector that does not read.
_PATIENCE = 10
# Milliseconds within which a collector that refuses us (a certificate, an address) says so: with
# TLS 1.3 it does after our side of the handshake is done.
_SETTLING = 250
# Syslog over TCP has no receipts (RFC 6587, 4.4): what a collector's kernel took is lost when the
# collector dies. So what was sent less than so many seconds before the collector was last found
# alive is sent again over the next connection; it carries the same event.id.
_UNCERTAIN = 5.0
# Messages kept for that, of 8 kB at most: two hundred a second.
_MAXIMUM_UNCERTAIN = 1024
# Bytes read from a collector that talks, which none should, before we say that it does.
_MAXIMUM_TALK = 65_536
# Milliseconds after which the kernel gives up on a collector that acknowledges nothing.
_DEAD_AFTER = 30_000


class StreamSyslog:
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
        self._uncertain: deque[tuple[float, bytes]] = deque(maxlen=_MAXIMUM_UNCERTAIN)

    @property
    def name(self) -> str:
        """What the operator calls it."""
        scheme = "tcp" if self._tls is None else "tls"
        return f"{scheme}://{bracketed(self._host)}:{self._port}"

    def open(self) -> None:
        """Connect, and say again what the last connection may have lost."""
        self.close()
        try:
            self._socket = self._connect()
            self._settle(self._socket)
            self._check()
            for _, frame in self._uncertain:
                self._socket.sendall(frame)
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
            now = time.monotonic()
            while self._uncertain and self._uncertain[0][0] < now - _UNCERTAIN:
                self._uncertain.popleft()
            self._socket.sendall(frame)
        except OSError as error:
            raise SinkError.of(self.name, error) from error
        self._uncertain.append((now, frame))

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
                    raise OSError(0, "it talks; that is no syslog collector")
        except (BlockingIOError, ssl.SSLWantReadError):
            self._socket.settimeout(_PATIENCE)
            return
        raise OSError(0, "the collector closed the connection")
