"""Whether this process may use the network."""

import socket

from nmapwatchd.sinks.sink import SinkError


def require_network(destination: str) -> None:
    """
    Check that this process may send to a destination on the network; nothing is sent.

    Raises:
        SinkError: its unit denies the network.
    """
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
    except OSError as error:
        raise SinkError(
            f"{destination}: the service has no network ({error.strerror}); "
            "give its unit RestrictAddressFamilies=AF_INET AF_INET6, see nmapwatchd(8)"
        ) from error
