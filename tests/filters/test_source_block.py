from ipaddress import ip_address

import pytest

from nmapwatchd.filters.bpf import Assembler, Code, Label
from nmapwatchd.filters.headers import IP_WORD, NETWORK
from nmapwatchd.filters.source_block import block_ipv4, block_ipv6
from tests.filters.machine import run

# Where the network header starts, and what scratch memory has of it.
START, WORD = 14, 0x12345678
REJECTED = 99


def result(version: int, blocked: list[str], source: str) -> int:
    """Return `REJECTED`, or what is in A after the block."""
    out, reject, lost = Assembler(), Label(), Label()
    out.emit(Code.LDX_IMM, START)
    out.emit(Code.STX, NETWORK)
    out.emit(Code.LDX_IMM, 99)
    out.emit(Code.LD_IMM, WORD)
    out.emit(Code.ST, IP_WORD)
    block = block_ipv4 if version == 4 else block_ipv6
    block(out, [ip_address(address) for address in blocked], reject)
    out.jump(Code.JEQ, WORD, otherwise=lost)
    out.emit(Code.RET_K, 1)
    out.bind(lost)
    out.emit(Code.RET_K, 2)
    out.bind(reject)
    out.emit(Code.RET_K, REJECTED)
    offset = 12 if version == 4 else 8
    packet = bytes(START + offset) + ip_address(source).packed + b"\xff" * 16
    return run(out.assemble(), packet).returned


IPV4_BLOCKED = ["10.0.0.5", "10.0.0.255", "192.0.2.1", "2001:db8::5"]


@pytest.mark.parametrize("source", ["10.0.0.5", "10.0.0.255", "192.0.2.1"])
def test_a_blocked_ipv4_source_is_rejected(source: str) -> None:
    assert result(4, IPV4_BLOCKED, source) == REJECTED


@pytest.mark.parametrize("source", ["10.0.0.4", "10.0.0.6", "10.0.1.5", "11.0.0.5", "192.0.2.0"])
def test_other_ipv4_sources_pass_with_the_word_in_the_accumulator(source: str) -> None:
    assert result(4, IPV4_BLOCKED, source) == 1


IPV6_BLOCKED = ["2001:db8::5", "2001:db8:0:1::5", "fe80::1", "10.0.0.5"]


@pytest.mark.parametrize("source", ["2001:db8::5", "2001:db8:0:1::5", "fe80::1"])
def test_a_blocked_ipv6_source_is_rejected(source: str) -> None:
    assert result(6, IPV6_BLOCKED, source) == REJECTED


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
def test_other_ipv6_sources_pass_with_the_word_in_the_accumulator(source: str) -> None:
    assert result(6, IPV6_BLOCKED, source) == 1


@pytest.mark.parametrize(("version", "source"), [(4, "10.0.0.5"), (6, "2001:db8::5")])
def test_nothing_is_rejected_without_a_blocked_source_of_the_version(
    version: int, source: str
) -> None:
    assert result(version, [], source) == 1
    other = "2001:db8::5" if version == 4 else "10.0.0.5"
    assert result(version, [other], source) == 1


def test_no_ipv4_source_needs_no_code() -> None:
    out = Assembler()
    block_ipv4(out, [ip_address("2001:db8::5")], Label())

    assert out.assemble() == b""
