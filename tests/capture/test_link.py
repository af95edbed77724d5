"""An interface is there or not, up or not, with a carrier or without."""

import fcntl
import socket
import struct
import sys
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from nmapwatchd.capture.link import LinkRoutes, LinkState, link_routes, link_state, unusable
from nmapwatchd.errors import Diagnostic

UP, RUNNING = 0x1, 0x40


def test_an_interface_that_is_missing_has_no_index() -> None:
    assert link_state("nope0") == LinkState(0, "there is no such interface")
    assert link_state("a name that is too long for the kernel").index == 0


def test_an_interface_that_is_missing_may_appear() -> None:
    assert unusable(["lo", "nope0"]) == []


def test_any_is_answered_with_what_to_name_instead() -> None:
    (error,) = unusable(["any"])

    assert error.message.startswith("is not an interface: name each interface to capture on")
    assert "There are: lo" in error.message


@pytest.mark.parametrize("name", ["l*", "lo?", "[a-z]o", "eth+"])
def test_wildcards_are_answered_with_what_to_name_instead(name: str) -> None:
    (error,) = unusable([name])

    assert error.message.startswith("wildcards are not supported; name each interface. There are: ")


@pytest.mark.parametrize("device", ["lo", "nope0"])
def test_an_alias_is_answered_with_its_interface(device: str) -> None:
    assert unusable([f"{device}:1"]) == [
        Diagnostic(
            f"interfaces: {device}:1", f"is an address of {device}, not an interface; name {device}"
        )
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


NONE = str(IPv4Address(0))
HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"


def route(interface: str, destination: str, gateway: str, mask: str) -> str:
    """Return a line of the kernel's table of routes."""
    words = [
        f"{int.from_bytes(IPv4Address(a).packed, sys.byteorder):08X}"
        for a in (destination, gateway, mask)
    ]
    return f"{interface}\t{words[0]}\t{words[1]}\t0001\t0\t0\t0\t{words[2]}\t0\t0\t0\n"


def routes(folder: Path, *lines: str) -> tuple[list[str], tuple[str, ...]]:
    """Return the networks and routers that a table of routes shows for eth0."""
    table = folder / "route"
    table.write_text(HEAD + "".join(lines))
    found = link_routes("eth0", table)
    return [str(network) for network in found.networks], found.routers


def test_the_networks_of_an_interface_are_those_that_it_reaches_without_a_router(
    tmp_path: Path,
) -> None:
    found = routes(
        tmp_path,
        route("eth0", NONE, "192.0.2.1", NONE),
        route("eth0", "192.0.2.0", NONE, "255.255.255.0"),
        route("eth0", "10.0.0.0", "192.0.2.1", "255.0.0.0"),
        route("eth0", "198.51.100.64", NONE, "255.255.255.192"),
        route("eth1", "203.0.113.0", NONE, "255.255.255.0"),
    )

    assert found == (["192.0.2.0/24", "198.51.100.64/26"], ("192.0.2.1",))


def test_a_default_route_without_a_gateway_and_a_line_that_is_cut_name_no_network(
    tmp_path: Path,
) -> None:
    lines = route("eth0", NONE, NONE, NONE), "eth0\t0002\n"

    assert routes(tmp_path, *lines) == ([], ())


def test_without_a_table_no_network_is_known(tmp_path: Path) -> None:
    assert link_routes("eth0", tmp_path / "absent") == LinkRoutes()


@pytest.mark.parametrize(
    ("state", "can"),
    [
        (LinkState(0, "there is no such interface"), False),
        (LinkState(2, "the interface is down"), False),
        (LinkState(2, "the interface has no carrier"), True),
        (LinkState(2, ""), True),
    ],
)
def test_an_interface_that_is_up_can_be_opened(state: LinkState, can: bool) -> None:
    assert state.can_be_opened is can
