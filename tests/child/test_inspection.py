"""A frame's path names what is around its packet, as the kernel filter reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.child import inspection
from nmapwatchd.child.inspection import (
    MAXIMUM_NAMES,
    after_link_header,
    inspect,
    source_of,
)
from nmapwatchd.child.protocol import Sampled, parse_report
from nmapwatchd.core.observation import Transport
from nmapwatchd.filters import unwrap
from nmapwatchd.filters.bpf import Code
from nmapwatchd.filters.clauses import Comparison, Operand
from nmapwatchd.filters.headers import LINKS, PAYLOAD
from nmapwatchd.filters.kernel import kernel_filter
from nmapwatchd.filters.wrappings import ALL, obstacle
from tests.filters.machine import run
from tests.frames import frame
from tests.wrapping import (
    WRAPPINGS,
    extended,
    geneve,
    gre,
    gre_ip,
    ip_in_ip,
    link,
    mpls,
    over_ip,
    over_udp,
    pppoe,
    tagged,
    vxlan,
)

FOUR = frame(b"loud", source="10.0.0.5", destination="10.0.0.8")
SIX = frame(b"loud", source="2001:db8::5", destination="2001:db8::8")

# A filter that passes every segment which it can look into.
LOUD = frozenset({Comparison(Operand(PAYLOAD, 0, 4), Code.JEQ, int.from_bytes(b"loud"))})
FILTER = kernel_filter(1, {t: [LOUD] if t is Transport.TCP else [] for t in Transport})

HIDING = {
    "esp": over_ip(50, bytes(40)),
    "ah": over_ip(51, bytes(40)),
    "etherip": over_ip(97, b"\x30\0" + FOUR),
    "l2tp": over_udp(1701, bytes(40)),
    "wireguard": over_udp(51_820, bytes(40)),
    "tzsp": over_udp(37_008, FOUR),
    "vxlan/esp": vxlan(over_ip(50, bytes(40))),
    "gre/macsec": gre(0x88E5, bytes(40)),
    "pptp": gre(0x880B, bytes(40), flags=0x2001),
    "gre-routing": gre(0x0800, FOUR[14:], flags=0x4000),
    "macsec": link(0x88E5, bytes(40)),
    "trill": link(0x22F3, bytes(40)),
    "ethertype-1234": link(0x1234, bytes(40)),
    "snap": link(0x0004, bytes.fromhex("aaaa030000000800") + FOUR[14:]),
    "vlan": tagged(FOUR, *5 * [0x8100]),
    "mpls-stack": mpls(FOUR, 7),
    "pseudowire": link(0x8847, bytes.fromhex("0001014000000000") + FOUR),
    "ppp-0053": link(0x8864, bytes.fromhex("1100000300280053") + bytes(40)),
    "ipv6-extension-60": extended(SIX, *5 * [60]),
    "gre/ipv6-extension-60": gre_ip(extended(SIX, *3 * [60])),
    "ipv6-extension-135": SIX[:20] + b"\x87" + SIX[21:],
    "gre/ipip/vxlan": gre_ip(ip_in_ip(vxlan(FOUR))),
}  # fmt: skip
# What has no packet to look into.
ORDINARY = {
    "arp": link(0x0806, bytes(28)),
    "lldp": link(0x88CC, bytes(28)),
    "eapol": link(0x888E, bytes(28)),
    "stp": link(0x0004, bytes.fromhex("4242030000") + bytes(30)),
    "pppoe-discovery": link(0x8863, bytes(28)),
    "pppoe-lcp": link(0x8864, bytes.fromhex("110000030028c021") + bytes(40)),
    "ospf": over_ip(89, bytes(40)),
    "empty-gre": over_ip(47, b""),
    "gre-keepalive": over_ip(47, bytes(4)),
    "empty-esp": over_ip(50, b""),
    "ike": over_udp(4500, bytes(4) + b"ike"),
    "nat-keepalive": over_udp(4500, b"\xff"),
    "short-vxlan": over_udp(4789, bytes(20)),
    "tcp": FOUR,
    "tcp-over-ipv6": SIX,
}


def path(data: bytes) -> str:
    return inspect(int.from_bytes(data[12:14]), data[14:]).path


@pytest.mark.parametrize("inner", [FOUR, SIX])
@pytest.mark.parametrize("name", WRAPPINGS)
def test_the_filter_looks_into_every_path_that_is_no_obstacle(name: str, inner: bytes) -> None:
    data = WRAPPINGS[name](inner)

    assert run(FILTER, data).accepted
    assert obstacle(path(data), ALL) == ""


@pytest.mark.parametrize("name", WRAPPINGS)
def test_a_packet_s_source_is_the_innermost_one_s(name: str) -> None:
    for inner, source in ((FOUR, "10.0.0.5"), (SIX, "2001:db8::5")):
        data = WRAPPINGS[name](inner)

        assert source_of(inspect(int.from_bytes(data[12:14]), data[14:]).packet) == source


@pytest.mark.parametrize("name", HIDING)
def test_what_the_filter_cannot_look_into_is_named(name: str) -> None:
    assert path(HIDING[name]) == name
    assert obstacle(name, ALL) != ""
    assert not run(FILTER, HIDING[name]).accepted


@pytest.mark.parametrize("name", ORDINARY)
def test_what_carries_no_other_packet_is_not_named(name: str) -> None:
    assert path(ORDINARY[name]) == ""


def test_ipsec_behind_address_translation_is_esp() -> None:
    assert path(over_udp(4500, b"\0\0\0\1" + bytes(40))) == "esp"


def test_a_session_and_geneve_are_named_as_the_configuration_does() -> None:
    assert path(pppoe(FOUR)) == "pppoe"
    assert path(geneve(tagged(FOUR, 0x8100))) == "geneve"


def test_both_step_over_the_same() -> None:
    names = ("MAXIMUM_TAGS", "MAXIMUM_LABELS", "MAXIMUM_EXTENSIONS", "MAXIMUM_INNER_EXTENSIONS")

    assert [getattr(inspection, n) for n in names] == [getattr(unwrap, n) for n in names]


def test_a_path_ends_however_often_a_packet_is_wrapped() -> None:
    data = FOUR
    for _ in range(10):
        data = ip_in_ip(data)

    assert path(data) == "/".join(MAXIMUM_NAMES * ["ipip"])


@pytest.mark.parametrize("name", [*WRAPPINGS, *HIDING])
def test_a_truncated_frame_is_inspected_as_far_as_it_goes(name: str) -> None:
    data = WRAPPINGS[name](SIX) if name in WRAPPINGS else HIDING[name]
    for size in range(14, len(data)):
        whole = path(data)

        assert whole.startswith(path(data[:size])[:3])


@pytest.mark.parametrize("link", [number for number in LINKS if number != 117])
@pytest.mark.parametrize(("inner", "kind"), [(FOUR, 0x0800), (SIX, 0x86DD)])
def test_a_packet_follows_the_header_of_every_link(link: int, inner: bytes, kind: int) -> None:
    size, offset = LINKS[link]
    head = bytearray(size)
    if offset is not None:
        head[offset : offset + 2] = inner[12:14]

    assert after_link_header(bytes(head) + inner[14:], link) == (kind, inner[14:])


@pytest.mark.parametrize("size", [61, 64, 100])
def test_a_packet_follows_the_padded_header_of_pflog(size: int) -> None:
    head = bytes([size]) + bytes((size + 3) // 4 * 4 - 1)

    assert after_link_header(head + FOUR[14:], 117) == (0x0800, FOUR[14:])


@pytest.mark.parametrize(("data", "link"), [(b"", 1), (b"", 12), (bytes(13), 1), (FOUR, 999)])
def test_a_frame_without_a_link_s_header_has_no_packet(data: bytes, link: int) -> None:
    assert after_link_header(data, link) == (0, b"")


@given(st.integers(0, 0xFFFF), st.binary(max_size=256))
def test_any_frame_has_a_path_that_can_be_reported(ethertype: int, data: bytes) -> None:
    found = inspect(ethertype, data)
    paths = ((found.path, 1),) if found.path else ()

    assert parse_report(Sampled(1, paths).encode()) == Sampled(1, paths)
    assert isinstance(source_of(found.packet), str)
