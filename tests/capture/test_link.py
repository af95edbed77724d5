"""An interface is there or not, up or not, with a carrier or without."""

import fcntl
import socket
import struct

import pytest

from nmapwatchd.capture.link import LinkState, link_state, unusable
from nmapwatchd.errors import Diagnostic

UP, RUNNING = 0x1, 0x40


def test_an_interface_that_is_missing_has_no_index() -> None:
    assert link_state("nope0") == LinkState(0, "there is no such interface")
    assert link_state("a name that is too long for the kernel").index == 0


def test_missing_interfaces_are_all_named() -> None:
    assert unusable(["lo", "nope0", "nope1"]) == [
        Diagnostic("interfaces: nope0", "there is no such interface"),
        Diagnostic("interfaces: nope1", "there is no such interface"),
    ]


def test_any_is_answered_with_what_to_name_instead() -> None:
    (error,) = unusable(["any"])

    assert error.message.startswith("is not an interface: name each interface to capture on")
    assert "There are: lo" in error.message


@pytest.mark.parametrize("name", ["l*", "lo?", "[a-z]o", "eth+"])
def test_wildcards_are_answered_with_what_to_name_instead(name: str) -> None:
    (error,) = unusable([name])

    assert error.message.startswith("wildcards are not supported; name each interface. There are: ")


def test_an_alias_is_answered_with_its_interface() -> None:
    assert unusable(["lo:1"]) == [
        Diagnostic("interfaces: lo:1", "is an address of lo, not an interface; name lo")
    ]


def test_the_index_is_the_kernel_s() -> None:
    assert link_state("lo").index == socket.if_nametoindex("lo")


@pytest.mark.parametrize(
    ("flags", "error"),
    [
        (UP | RUNNING, ""),
        (UP, "the interface has no carrier"),
        (RUNNING, "the interface is down"),
        (0, "the interface is down"),
    ],
)
def test_flags_are_read(monkeypatch: pytest.MonkeyPatch, flags: int, error: str) -> None:
    def ioctl(_socket: object, request: int, data: bytes) -> bytes:
        assert request == 0x8913
        return struct.pack("16sH14x", data[:16], flags)

    monkeypatch.setattr(fcntl, "ioctl", ioctl)

    assert link_state("lo").error == error
