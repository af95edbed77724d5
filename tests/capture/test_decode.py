"""A line of tshark's is decoded to one observation, or refused; no line ends a capture."""

from dataclasses import replace

import pytest

from nmapwatchd.capture.decode import Decoder, UndecodableError, source_prefixes
from nmapwatchd.core.matching.matcher import Kind
from nmapwatchd.core.observation import Observation, Transport

FIELDS = {"tls.handshake.ja3": Kind.TEXT, "tls.handshake.random": Kind.BYTES}
DECODER = Decoder("eth0", {**FIELDS, "ip.ttl": Kind.NUMBER, "ip.flags.df": Kind.NUMBER})

FRAME = {
    "frame.time_epoch": "1795348159.426403297",
    "eth.src": "52:54:00:12:34:56",
    "ip.src": "10.0.0.5",
    "ip.dst": "10.0.0.8",
    "ip.id": "0x0001",
    "tcp.srcport": "40000",
    "tcp.dstport": "80",
    "tcp.seq_raw": "7",
    "tcp.checksum": "0x1234",
    "tcp.payload": "474554",
}


def line(**changes: str) -> bytes:
    frame = {**FRAME, **{name.replace("__", "."): value for name, value in changes.items()}}
    return "\t".join(frame.get(name, "") for name in DECODER.columns).encode()


def decode(**changes: str) -> Observation:
    return DECODER.decode(line(**changes))


def test_a_frame_becomes_an_observation() -> None:
    seen = decode()

    assert seen.at == 1_795_348_159_426_403_297
    assert (seen.source, seen.destination, seen.destination_port) == ("10.0.0.5", "10.0.0.8", 80)
    assert (seen.transport, seen.payload, seen.mac) == (Transport.TCP, b"GET", "52:54:00:12:34:56")


def test_both_formats_of_a_time_are_decoded() -> None:
    assert decode(frame__time_epoch="2026-11-22T11:49:19.426403297Z") == decode()


def test_both_formats_of_a_boolean_are_decoded() -> None:
    assert decode(ip__flags__df="True") == decode(ip__flags__df="1")
    assert decode(ip__flags__df="False").decoded["ip.flags.df"] == ("0",)


def test_numbers_are_decimal_and_bytes_are_characters() -> None:
    seen = decode(ip__ttl="0x40", tls__handshake__random="52:ff")

    assert seen.decoded == {"ip.ttl": ("64",), "tls.handshake.random": ("R\xff",)}


def test_vlan_ids_are_listed_outermost_first() -> None:
    assert decode(ieee8021ad__id="7", vlan__id="12\x1f13").vlans == ("7", "12", "13")


def test_every_value_of_a_field_is_read() -> None:
    seen = decode(tls__handshake__ja3="one\x1ftwo")

    assert seen.decoded["tls.handshake.ja3"] == ("one", "two")


def test_bytes_that_are_not_utf_8_do_not_refuse_a_frame() -> None:
    seen = DECODER.decode(line(tls__handshake__ja3="X").replace(b"X", b"\xff\xfe"))

    assert seen.decoded["tls.handshake.ja3"] == ("\ufffd\ufffd",)


def test_a_bare_segment_has_no_payload() -> None:
    assert decode(tcp__payload="").payload == b""


def test_the_same_frame_seen_twice_is_one_and_its_retransmission_is_another() -> None:
    assert decode(frame__time_epoch="1795348160.0", vlan__id="12").frame_hash == decode().frame_hash
    assert decode(ip__id="0x0002").frame_hash != decode().frame_hash


def test_a_decoy_s_frame_differs_in_its_source_alone() -> None:
    decoy = decode(ip__src="10.0.0.6", ip__ttl="50", tcp__checksum="0x4321")

    assert (decoy.content_hash, decoy.frame_hash != decode().frame_hash) == (
        decode().content_hash,
        True,
    )
    for changes in ({"ip__dst": "10.0.0.9"}, {"tcp__seq_raw": "8"}, {"tcp__dstport": "81"}):
        assert decode(**changes).content_hash != decode().content_hash


@pytest.mark.parametrize(
    "changes",
    [
        {"ip__src": "10.0.0.5\x1f10.0.0.6"},
        {"ipv6__src": "::1"},
        {"ip__src": ""},
        {"tcp__srcport": "80\x1f81"},
        {"frame__time_epoch": ""},
    ],
)
def test_a_frame_without_exactly_one_source_port_or_time_is_refused(
    changes: dict[str, str],
) -> None:
    with pytest.raises(UndecodableError):
        decode(**changes)


# What tshark writes of a segment in VXLAN: the outer datagram's fields come first.
IN_VXLAN = {
    "frame__protocols": "eth:ethertype:vlan:ethertype:ip:udp:vxlan"
    ":eth:ethertype:vlan:ethertype:ip:tcp",
    "ip__src": "192.0.2.1\x1f10.0.0.5",
    "ip__dst": "192.0.2.2\x1f10.0.0.8",
    "ip__id": "0x0009\x1f0x0001",
    "ip__ttl": "64\x1f50",
    "eth__src": "02:00:00:00:00:01\x1f52:54:00:12:34:56",
    "vlan__id": "7\x1f12",
    "udp__srcport": "55555",
    "udp__dstport": "4789",
    "udp__payload": "0800",
    "udp__checksum": "0x0000",
}


def test_the_innermost_packet_is_the_observation_and_the_tunnel_is_kept() -> None:
    seen = decode(**IN_VXLAN)
    bare = decode(ip__ttl="50", vlan__id="12")

    assert replace(seen, outer=()) == bare
    assert seen.outer == ("192.0.2.1>192.0.2.2",)


def test_a_packet_in_a_tunnel_and_beside_it_is_the_same_frame() -> None:
    assert decode(**IN_VXLAN).frame_hash == decode().frame_hash


def test_every_tunnel_is_kept_outermost_first_whatever_its_version() -> None:
    seen = decode(
        frame__protocols="eth:ethertype:ip:gre:ipv6:udp:vxlan:eth:ethertype:ip:tcp",
        ip__src="192.0.2.1\x1f10.0.0.5",
        ip__dst="192.0.2.2\x1f10.0.0.8",
        ipv6__src="2001:db8::1",
        ipv6__dst="2001:db8::2",
        eth__src="02:00:00:00:00:01\x1f52:54:00:12:34:56",
    )

    assert (seen.source, seen.destination) == ("10.0.0.5", "10.0.0.8")
    assert seen.outer == ("192.0.2.1>192.0.2.2", "2001:db8::1>2001:db8::2")


def test_a_packet_in_ip_has_no_link_of_its_own() -> None:
    seen = decode(
        frame__protocols="eth:ethertype:vlan:ethertype:ip:ip:tcp",
        ip__src="192.0.2.1\x1f10.0.0.5",
        ip__dst="192.0.2.2\x1f10.0.0.8",
        vlan__id="7",
    )

    assert (seen.mac, seen.vlans) == ("", ())


def test_an_empty_datagram_in_a_datagram_has_no_payload() -> None:
    seen = decode(
        frame__protocols="eth:ethertype:ip:udp:vxlan:eth:ethertype:ip:udp",
        ip__src="192.0.2.1\x1f10.0.0.5",
        ip__dst="192.0.2.2\x1f10.0.0.8",
        tcp__srcport="",
        tcp__payload="",
        udp__srcport="55555\x1f40000",
        udp__dstport="4789\x1f53",
        udp__payload="0800",
    )

    assert (seen.source_port, seen.destination_port, seen.payload) == (40_000, 53, b"")


@pytest.mark.parametrize(
    "protocols",
    [
        "eth:ethertype:ip:icmp:ip:tcp",
        "eth:ethertype:ip:icmp:ip:udp:vxlan:eth:ethertype:ip:tcp",
        "eth:ethertype:ip:udp:vxlan:eth:ethertype:ip:icmp:ip:tcp",
        "eth:ethertype:ip:icmpv6:ip:tcp",
        "eth:ethertype:ip:tcp",
        "eth:ethertype:ip:ipv6:tcp",
        "eth:ethertype:ip:ip:ip:tcp",
        "",
    ],
)
def test_a_packet_that_an_error_quotes_is_refused_and_so_is_a_missing_address(
    protocols: str,
) -> None:
    with pytest.raises(UndecodableError):
        decode(
            frame__protocols=protocols,
            ip__src="192.0.2.1\x1f10.0.0.5",
            ip__dst="192.0.2.2\x1f10.0.0.8",
        )


def test_a_tunnel_s_line_is_not_recognised_by_the_tunnel_s_source() -> None:
    shed = source_prefixes(["192.0.2.1"])

    assert line(ip__src="192.0.2.1").startswith(shed)
    assert not line(ip__src="192.0.2.1", ipv6__src="2001:db8::5").startswith(shed)
    assert not line(**IN_VXLAN).startswith(shed)


@pytest.mark.parametrize("source", [{"ip__src": "10.0.0.6"}, {"ip__src": "", "ipv6__src": "::6"}])
def test_a_line_is_recognised_by_its_source(source: dict[str, str]) -> None:
    prefixes = source_prefixes([next(filter(None, source.values()))])

    assert line(**source).startswith(prefixes)
    assert not line(ip__dst="10.0.0.6", ipv6__dst="::6").startswith(prefixes)
