"""A unit that denies the network is reported with its remedy."""

import errno
import socket

import pytest

from nmapwatchd.sinks.network import require_network
from nmapwatchd.sinks.sink import SinkError


def test_with_a_network_there_is_no_error() -> None:
    require_network("udp://host")


def test_without_a_network_the_error_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(*_arguments: object) -> socket.socket:
        raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")

    monkeypatch.setattr(socket, "socket", deny)

    with pytest.raises(SinkError, match=r"^udp://host: the service has no network \(Address fa"):
        require_network("udp://host")
