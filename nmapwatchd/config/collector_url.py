"""URLs of syslog collectors."""

from dataclasses import dataclass
from urllib.parse import urlsplit

_FORMS = "unix:/dev/log, udp://host:port, tcp://host:port or tls://host:port"
# IANA's ports for syslog over UDP and over TLS; collectors never agreed on one for plain TCP.
_PORTS = {"udp": 514, "tls": 6514}
# Bytes of a socket's path (sun_path in unix(7), without its terminating NUL).
_MAXIMUM_PATH = 107


@dataclass(frozen=True, slots=True)
class CollectorUrl:
    """
    A parsed URL.

    Args:
        scheme: unix, udp, tcp or tls.
        path: of the socket, for unix.
        host: name or address, for the others.
        port: 1 to 65535, for the others.
    """

    scheme: str
    path: str = ""
    host: str = ""
    port: int = 0


def parse_collector_url(url: str) -> CollectorUrl:
    """
    Parse unix:/dev/log, udp://host:port, tcp://host:port or tls://host:port.

    Raises:
        ValueError: it has another form.
    """
    scheme, colon, rest = url.partition(":")
    if not colon or scheme not in {"unix", "udp", "tcp", "tls"}:
        raise ValueError(f"{url!r} is not of the form {_FORMS}")
    if scheme == "unix":
        return CollectorUrl(scheme, path=_path(url, rest))
    host, port = _host_and_port(url, scheme)
    return CollectorUrl(scheme, host=host, port=port)


def _path(url: str, rest: str) -> str:
    path = rest.removeprefix("//")
    if not path.startswith("/"):
        raise ValueError(f"{url!r} needs an absolute path, such as unix:/dev/log")
    if len(path.encode("utf-8", "surrogateescape")) > _MAXIMUM_PATH or "\0" in path:
        raise ValueError(f"{url!r} is not the path of a socket: at most {_MAXIMUM_PATH} bytes")
    return path


def _host_and_port(url: str, scheme: str) -> tuple[str, int]:
    # urlsplit silently removes these.
    if any(character.isspace() or not character.isprintable() for character in url):
        raise ValueError(f"{url!r} contains spaces or control characters")
    try:
        parts = urlsplit(url)
        port = parts.port
        (parts.hostname or "").encode("idna")
    except ValueError as error:  # UnicodeError is one
        raise ValueError(f"{url!r}: {error}") from error
    if not parts.hostname:
        raise ValueError(f"{url!r} has no host")
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(f"{url!r} has more than a host and a port")
    if port is None:
        port = _PORTS.get(scheme, 0)
    if not port:
        raise ValueError(f"{url!r} needs a port from 1 to 65535")
    return parts.hostname, port
