"""Builds the sink that a `to` of the configuration means."""

from urllib.parse import urlsplit

from nmapwatchd.formats.sensor import Sensor
from nmapwatchd.sinks.credential import check_name
from nmapwatchd.sinks.sink import Sink
from nmapwatchd.sinks.syslog_datagram import SyslogUdp, SyslogUnix
from nmapwatchd.sinks.syslog_stream import SyslogStream
from nmapwatchd.sinks.tls import Tls

_FORMS = "unix:/dev/log, udp://host:port, tcp://host:port or tls://host:port"
# IANA's ports for syslog over UDP and over TLS; for plain TCP collectors have never agreed.
_PORTS = {"udp": 514, "tls": 6514}
# Bytes of a socket's path (sun_path in unix(7), with its end).
_MAXIMUM_PATH = 107


def syslog_transport(
    url: str,
    sensor: Sensor,
    *,
    ca_file: str = "",
    cert_file: str = "",
    key_file: str = "",
    passphrase_file: str = "",
    verify: bool = True,
) -> Sink:
    """
    Return the sink that says messages to a syslog; nothing is opened yet.

    Args:
        url: unix:/dev/log, udp://host:port, tcp://host:port or tls://host:port.
        sensor: who speaks.
        ca_file: with TLS, who may vouch for the collector; empty for the system's authorities.
        cert_file: with TLS, our own certificate.
        key_file: with TLS, its key, where it is not in `cert_file`.
        passphrase_file: with TLS, the key's pass phrase, where it has one.
        verify: with TLS, whether the collector must prove its name.

    Raises:
        ValueError: the URL, or what goes with it, means nothing; the sentence says why.
    """
    scheme, colon, rest = url.partition(":")
    if not colon or scheme not in {"unix", "udp", "tcp", "tls"}:
        raise ValueError(f"{url!r} is none of {_FORMS}")
    files = (ca_file, cert_file, key_file, passphrase_file)
    if scheme != "tls" and (any(files) or not verify):
        raise ValueError(f"certificates need tls://, and {url!r} is not")
    if key_file and not cert_file:
        raise ValueError("a key_file needs a cert_file")
    if passphrase_file and not cert_file:
        raise ValueError("a passphrase_file needs a cert_file")
    for file in files:
        check_name(file)
    if scheme == "unix":
        return SyslogUnix(_path(url, rest), sensor)
    host, port = _host_and_port(url, scheme)
    if scheme == "udp":
        return SyslogUdp(host, port, sensor)
    tls = Tls(ca_file, cert_file, key_file, passphrase_file, verify) if scheme == "tls" else None
    return SyslogStream(host, port, sensor, tls)


def _path(url: str, rest: str) -> str:
    path = rest.removeprefix("//")
    if not path.startswith("/"):
        raise ValueError(f"{url!r} needs an absolute path, such as unix:/dev/log")
    if len(path.encode("utf-8", "surrogateescape")) > _MAXIMUM_PATH or "\0" in path:
        raise ValueError(f"{url!r} is no path of a socket: at most {_MAXIMUM_PATH} bytes")
    return path


def _host_and_port(url: str, scheme: str) -> tuple[str, int]:
    # urlsplit drops these without a word.
    if any(character.isspace() or not character.isprintable() for character in url):
        raise ValueError(f"{url!r} holds spaces or control characters")
    try:
        parts = urlsplit(url)
        port = parts.port
        (parts.hostname or "").encode("idna")
    except ValueError as error:  # UnicodeError is one
        raise ValueError(f"{url!r}: {error}") from error
    if not parts.hostname:
        raise ValueError(f"{url!r} names no host")
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(f"{url!r} says more than a host and a port")
    if port is None:
        port = _PORTS.get(scheme, 0)
    if not port:
        raise ValueError(f"{url!r} needs a port from 1 to 65535")
    return parts.hostname, port
