"""An interface that receives nothing, or merged segments, is reported with the command to run."""

import array
import fcntl
import struct

import pytest

from nmapwatchd.capture.link import DOWN, LinkState
from nmapwatchd.commands.checks import interfaces as module
from nmapwatchd.commands.checks.interfaces import coalescing, interface_warnings, is_ethernet


def warnings_with(
    monkeypatch: pytest.MonkeyPatch, state: LinkState, merging: tuple[str, ...] = ()
) -> list[str]:
    """Return the warnings of an Ethernet interface of that state."""
    monkeypatch.setattr(module, "link_state", lambda _: state)
    monkeypatch.setattr(module, "is_ethernet", lambda _: True)
    monkeypatch.setattr(module, "coalescing", lambda _: merging)
    return [str(warning) for warning in interface_warnings(["eth1"])]


def test_an_absent_interface_is_waited_for() -> None:
    assert [str(warning) for warning in interface_warnings(["nope0"])] == [
        "interfaces: nope0: there is no such interface; the service waits for it"
    ]


def test_a_name_that_is_refused_is_no_warning_too() -> None:
    assert list(interface_warnings(["any", "lo:1"])) == []


def test_an_interface_that_is_down_is_reported_with_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert warnings_with(monkeypatch, LinkState(3, DOWN), ("gro",)) == [
        "interfaces: eth1: the interface is down; run: ip link set eth1 up"
    ]


def test_an_interface_without_a_carrier_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    (warning,) = warnings_with(monkeypatch, LinkState(3, "the interface has no carrier"))

    assert warning.startswith("interfaces: eth1: the interface has no carrier; check the cable")


@pytest.mark.parametrize(
    ("merging", "command"),
    [
        (("gro",), "ethtool -K eth1 gro off"),
        (("gro", "lro"), "ethtool -K eth1 gro off lro off"),
    ],
)
def test_merged_segments_are_reported_with_the_command_that_ends_it(
    merging: tuple[str, ...], command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (warning,) = warnings_with(monkeypatch, LinkState(3, ""), merging)

    assert f"({', '.join(merging)})" in warning
    assert warning.endswith(f"; run: {command}")


def test_an_interface_that_is_well_is_not_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    assert warnings_with(monkeypatch, LinkState(3, "")) == []


def test_a_loopback_is_no_ethernet() -> None:
    assert not is_ethernet("lo")
    assert not is_ethernet("nope0")
    assert list(interface_warnings(["lo"])) == []


@pytest.mark.parametrize(
    ("gro", "flags", "expected"),
    [(1, 0, ("gro",)), (0, 1 << 15, ("lro",)), (1, 1 << 15, ("gro", "lro")), (0, 1 << 14, ())],
)
def test_the_driver_is_asked_for_gro_and_lro(
    gro: int, flags: int, expected: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    values: list[array.array[int]] = []
    create = array.array

    def recorded(kind: str, content: list[int]) -> "array.array[int]":
        values.append(create(kind, content))
        return values[-1]

    def answer(_: object, request: int, argument: bytes) -> int:
        name, address = struct.unpack("16sP16x", argument)
        assert (request, name.rstrip(b"\0")) == (0x8946, b"eth1")
        assert address == values[-1].buffer_info()[0]
        values[-1][1] = {0x2B: gro, 0x25: flags}[values[-1][0]]
        return 0

    monkeypatch.setattr(array, "array", recorded)
    monkeypatch.setattr(fcntl, "ioctl", answer)

    assert coalescing("eth1") == expected


def test_a_driver_that_does_not_answer_merges_nothing() -> None:
    assert coalescing("nope0") == ()


def test_the_kernel_is_asked_for_the_type(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(_: object, request: int, argument: bytes) -> bytes:
        assert request == 0x8927
        return argument[:16] + struct.pack("H22x", {b"eth1": 1, b"tun0": 65534}[argument[:4]])

    monkeypatch.setattr(fcntl, "ioctl", answer)

    assert is_ethernet("eth1")
    assert not is_ethernet("tun0")
