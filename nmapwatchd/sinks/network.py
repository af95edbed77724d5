"""Whether this process, or the service's unit, may use the network."""

import errno
import os
import socket
from collections.abc import Iterator, Mapping

from nmapwatchd.sinks.sink import SinkError
from nmapwatchd.sinks.unit import unit_properties

# The command that gives the unit the network.
REMEDY = (
    "install -D -m 644 -t /etc/systemd/system/nmapwatchd.service.d "
    "/usr/share/nmapwatchd/network.conf && systemctl daemon-reload"
)
_FAMILIES = "RestrictAddressFamilies"


def require_network(destination: str) -> None:
    """
    Check that this process may send to a destination on the network; nothing is sent.

    Raises:
        SinkError: its unit denies the network.
    """
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
    except OSError as error:
        raise SinkError(_denied(destination, error.strerror)) from error


def unit_denials(destination: str) -> Iterator[str]:
    """Yield what the service will report if its unit denies the network that this process has."""
    yield from denials_of(destination, unit_properties(_FAMILIES))


def denials_of(destination: str, unit: Mapping[str, str]) -> Iterator[str]:
    """
    Yield what the service will report if its unit denies the network.

    Args:
        destination: of a sink.
        unit: properties of the unit; none if it is not installed.
    """
    families = unit.get(_FAMILIES, "")
    # Empty: every family is allowed. After a tilde: every other one is.
    listed = families.removeprefix("~").split()
    if families and ("AF_INET" in listed) is families.startswith("~"):
        yield _denied(destination, os.strerror(errno.EAFNOSUPPORT))


def _denied(destination: str, reason: str | None) -> str:
    return f"{destination}: the service has no network ({reason}); run: {REMEDY}"
