"""A unit that denies the network is reported with its remedy."""

import errno
import socket
from pathlib import Path

import pytest

from nmapwatchd.sinks import network
from nmapwatchd.sinks.network import REMEDY, denials_of, require_network, unit_denials
from nmapwatchd.sinks.sink import SinkError

# What the service reports under the unit.
AF_DENIED = "Address family not supported by protocol"


def test_with_a_network_there_is_no_error() -> None:
    require_network("udp://host")


def test_without_a_network_the_error_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(*_arguments: object) -> socket.socket:
        raise OSError(errno.EAFNOSUPPORT, AF_DENIED)

    monkeypatch.setattr(socket, "socket", deny)

    with pytest.raises(
        SinkError, match=r"^udp://host: the service has no network \(Address fa"
    ) as e:
        require_network("udp://host")
    assert str(e.value).endswith(f"; run: {REMEDY}")


@pytest.mark.parametrize(
    ("families", "is_denied"),
    [
        ("AF_PACKET AF_UNIX", True),
        ("AF_INET AF_INET6 AF_PACKET AF_UNIX", False),
        ("~AF_INET AF_NETLINK", True),
        ("~AF_NETLINK", False),
        ("", False),
    ],
)
def test_a_unit_that_denies_the_network_is_found(families: str, is_denied: bool) -> None:
    denials = list(denials_of("udp://host", {"RestrictAddressFamilies": families}))

    expected = f"udp://host: the service has no network ({AF_DENIED}); run: {REMEDY}"
    assert denials == ([expected] if is_denied else [])


def test_without_a_unit_nothing_is_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "unit_properties", lambda *_: {})

    assert list(unit_denials("udp://host")) == []


def test_the_remedy_is_in_the_file_that_it_copies() -> None:
    file = Path(__file__).parents[2] / "packaging" / "systemd" / "network.conf"
    text = file.read_text()

    assert REMEDY.partition(" && ")[0] in text
    assert "RestrictAddressFamilies=AF_INET AF_INET6" in text.splitlines()
