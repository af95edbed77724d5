from ipaddress import ip_address

import pytest

from nmapwatchd.filters.bpf import Assembler, Code, Label
from nmapwatchd.filters.headers import NETWORK
from nmapwatchd.filters.source_branch import branch_sources
from tests.filters.machine import run

# Where the network header starts.
START = 14


def result(version: int, branched: list[str], source: str) -> int:
    """Return the version for which the branch was taken, 1 if it was not, 2 if X is lost."""
    out, ipv4, ipv6, lost = Assembler(), Label(), Label(), Label()
    out.emit(Code.LDX_IMM, START)
    out.emit(Code.STX, NETWORK)
    out.emit(Code.LDX_IMM, 99)
    branch_sources(out, [ip_address(address) for address in branched], ipv4, ipv6)
    out.emit(Code.RET_K, 1)
    for label, found in ((ipv4, 4), (ipv6, 6)):
        out.bind(label)
        out.emit(Code.TXA)
        out.jump(Code.JEQ, START, otherwise=lost)
        out.emit(Code.RET_K, found)
    out.bind(lost)
    out.emit(Code.RET_K, 2)
    offset = 12 if version == 4 else 8
    packet = (
        bytes(START)
        + bytes([version << 4])
        + bytes(offset - 1)
        + ip_address(source).packed
        + b"\xff" * 16
    )
    return run(out.assemble(), packet).returned


IPV4_BRANCHED = ["10.0.0.5", "10.0.0.255", "192.0.2.1", "2001:db8::5"]


@pytest.mark.parametrize("source", ["10.0.0.5", "10.0.0.255", "192.0.2.1"])
def test_a_listed_ipv4_source_branches_with_the_header_in_the_index(source: str) -> None:
    assert result(4, IPV4_BRANCHED, source) == 4


@pytest.mark.parametrize("source", ["10.0.0.4", "10.0.0.6", "10.0.1.5", "11.0.0.5", "192.0.2.0"])
def test_other_ipv4_sources_go_on(source: str) -> None:
    assert result(4, IPV4_BRANCHED, source) == 1


IPV6_BRANCHED = ["2001:db8::5", "2001:db8:0:1::5", "fe80::1", "10.0.0.5"]


@pytest.mark.parametrize("source", ["2001:db8::5", "2001:db8:0:1::5", "fe80::1"])
def test_a_listed_ipv6_source_branches_with_the_header_in_the_index(source: str) -> None:
    assert result(6, IPV6_BRANCHED, source) == 6


@pytest.mark.parametrize(
    "source",
    [
        "2001:db9::5",  # differs in the first word
        "2001:db8:0:2::5",  # in the second
        "2001:db8::1:0:5",  # in the third
        "2001:db8::6",  # in the fourth
        "2001:db8:0:1::6",
        "::5",
    ],
)
def test_other_ipv6_sources_go_on(source: str) -> None:
    assert result(6, IPV6_BRANCHED, source) == 1


@pytest.mark.parametrize(("version", "source"), [(4, "10.0.0.5"), (6, "2001:db8::5")])
def test_nothing_branches_without_a_listed_source_of_the_version(version: int, source: str) -> None:
    assert result(version, [], source) == 1
    other = "2001:db8::5" if version == 4 else "10.0.0.5"
    assert result(version, [other], source) == 1


def test_no_source_needs_no_code() -> None:
    out = Assembler()
    branch_sources(out, [], Label(), Label())

    assert out.assemble() == b""
