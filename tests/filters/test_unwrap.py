"""The filter compares the packet in a wrapping it looks into, and any other packet itself."""

import pytest

from nmapwatchd.core.observation import Transport
from nmapwatchd.core.shedding import ShedSources
from nmapwatchd.filters.bpf import Code
from nmapwatchd.filters.clauses import NO_CLAUSES, Comparison, Operand
from nmapwatchd.filters.headers import HEADER, NETWORK, PAYLOAD
from nmapwatchd.filters.kernel import kernel_filter, shedding_filter
from nmapwatchd.filters.wrappings import ALL, Wrapping
from tests import wrapping
from tests.filters.machine import Run, run
from tests.frames import frame
from tests.wrapping import WRAPPINGS, extended, link, over_ip, over_udp, tagged

ETHERNET, COOKED, COOKED_2, PFLOG = 1, 113, 276, 117

# A payload over TCP or UDP, and any protocol over IPv4 with a total length of 20: no content.
LOUD = frozenset({Comparison(Operand(PAYLOAD, 0, 4), Code.JEQ, int.from_bytes(b"loud"))})
VERSION_4 = Comparison(Operand(NETWORK, 0, 1, 0xF0), Code.JEQ, 0x40)
EMPTY = frozenset({VERSION_4, Comparison(Operand(NETWORK, 2, 2), Code.JEQ, 20)})
PORT = frozenset({Comparison(Operand(HEADER, 2, 2), Code.JEQ, 4789)})
CLAUSES = {transport: [LOUD] for transport in (Transport.TCP, Transport.UDP)} | {
    Transport.ICMP: [], Transport.ICMPV6: [], Transport.SCTP: [], Transport.IP: [EMPTY],
}  # fmt: skip

ENDS = {4: ("10.0.0.5", "10.0.0.8"), 6: ("2001:db8::5", "2001:db8::8")}
# The names of `WRAPPINGS` by what has to be enabled; the others need nothing.
NEEDS = {
    wrapped: {
        Wrapping(part)
        for part in wrapped.replace("ip-in-", "ipip-").split("-")
        if part in tuple(Wrapping)
    }
    for wrapped in WRAPPINGS
}


def inner(version: int, transport: Transport, payload: bytes = b"loud") -> bytes:
    source, destination = ENDS[version]
    return frame(payload, transport=transport, source=source, destination=destination)


def passed(
    data: bytes,
    wrappings: frozenset[Wrapping] = ALL,
    *,
    number: int = ETHERNET,
    blocked: tuple[str, ...] = (),
) -> Run:
    program = kernel_filter(number, CLAUSES, wrappings)
    if blocked:
        program = shedding_filter(program, ShedSources(blocked=blocked), NO_CLAUSES)
    return run(program, data)


@pytest.mark.parametrize("blocked", [(), ("192.0.2.1", "2001:db8:1::1")])
@pytest.mark.parametrize("transport", [Transport.TCP, Transport.UDP])
@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("name", WRAPPINGS)
def test_a_wrapped_packet_is_compared_whoever_sends_the_wrapping(
    name: str, version: int, transport: Transport, blocked: tuple[str, ...]
) -> None:
    wrap = WRAPPINGS[name]

    assert passed(wrap(inner(version, transport)), blocked=blocked).accepted
    assert not passed(wrap(inner(version, transport, b"calm")), blocked=blocked).accepted


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("name", WRAPPINGS)
def test_a_blocked_source_is_the_inner_one(name: str, version: int) -> None:
    data = WRAPPINGS[name](inner(version, Transport.TCP))

    assert not passed(data, blocked=ENDS[version][:1]).accepted
    assert passed(data, blocked=ENDS[version][1:]).accepted


@pytest.mark.parametrize("name", [name for name, needed in NEEDS.items() if needed])
def test_a_wrapping_that_is_not_enabled_is_not_looked_into(name: str) -> None:
    data = WRAPPINGS[name](inner(4, Transport.TCP))

    assert passed(
        data, frozenset(NEEDS[name] | ({Wrapping.GENEVE} if "geneve" in name else set()))
    ).accepted
    for missing in NEEDS[name]:
        assert not passed(data, ALL - {missing}).accepted


@pytest.mark.parametrize("protocol", [4, 41, 47])
@pytest.mark.parametrize("padding", [b"", bytes(26), b"\x45" + bytes(60)])
def test_a_tunnel_without_content_is_compared_itself(protocol: int, padding: bytes) -> None:
    """nmap's protocol scan sends them; what follows IP's length is the link's."""
    assert passed(over_ip(protocol, b"") + padding).accepted
    assert not passed(over_ip(protocol, b"x") + padding).accepted


@pytest.mark.parametrize("port", [4789, 8472, 6081])
@pytest.mark.parametrize("size", range(0, 40, 3))
def test_a_datagram_to_a_tunnel_s_port_is_compared_itself_if_it_carries_no_ip(
    port: int, size: int
) -> None:
    assert passed(over_udp(port, b"loud" + bytes(size))).accepted
    assert not passed(over_udp(port, b"calm" + bytes(size))).accepted


def test_gre_with_routing_is_not_looked_into() -> None:
    packet = inner(4, Transport.TCP)[14:]

    assert not passed(wrapping.gre(0x0800, packet, flags=0x4000)).accepted


def test_the_first_fragment_of_a_tunnel_is_looked_into_and_no_other() -> None:
    data = bytearray(wrapping.vxlan(inner(4, Transport.TCP)))
    data[20:22] = b"\x20\x00"
    assert passed(bytes(data)).accepted

    data[20:22] = b"\x20\x01"
    assert not passed(bytes(data)).accepted


def test_a_later_fragment_of_ipv6_is_not_compared() -> None:
    data = bytearray(extended(inner(6, Transport.TCP), 44))
    assert passed(bytes(data)).accepted

    data[54 + 2 : 54 + 4] = b"\x00\x09"
    assert not passed(bytes(data)).accepted


def test_a_sender_s_card_may_leave_the_length_open() -> None:
    data = bytearray(wrapping.vxlan(inner(4, Transport.TCP)))
    data[16:18] = bytes(2)

    assert passed(bytes(data)).accepted


@pytest.mark.parametrize("cut", range(1, 90))
def test_a_truncated_frame_ends_the_comparison(cut: int) -> None:
    data = wrapping.vxlan(inner(4, Transport.TCP))[:-cut]

    assert not passed(data).accepted


def test_five_tags_are_too_many() -> None:
    assert not passed(tagged(inner(4, Transport.TCP), *5 * [0x8100])).accepted


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize(("number", "size", "at"), [(COOKED, 16, 14), (COOKED_2, 20, 0)])
def test_wrappings_follow_the_header_of_cooked_frames(
    number: int, size: int, at: int, version: int
) -> None:
    for name in ("tag-9100", "tags-2-9100", "mpls", "pppoe", "vxlan", "gre"):
        data = WRAPPINGS[name](inner(version, Transport.TCP))
        head = bytearray(size)
        head[at : at + 2] = data[12:14]

        assert passed(bytes(head) + data[14:], number=number).accepted


@pytest.mark.parametrize("length", [61, 64, 100])
@pytest.mark.parametrize("version", [4, 6])
def test_a_packet_follows_pflog_s_header(length: int, version: int) -> None:
    head = bytes([length]) + bytes((length + 3) // 4 * 4 - 1)

    assert passed(head + inner(version, Transport.TCP)[14:], number=PFLOG).accepted
    assert not passed(head + bytes(60), number=PFLOG).accepted


def test_a_packet_in_no_wrapping_costs_no_more_than_two_instructions_over_tcp() -> None:
    data = inner(4, Transport.TCP)

    assert passed(data).instructions <= passed(data, frozenset()).instructions + 2


def test_labels_that_do_not_end_in_ip_are_not_compared() -> None:
    assert not passed(link(0x8847, bytes.fromhex("00010140") + bytes(60))).accepted
