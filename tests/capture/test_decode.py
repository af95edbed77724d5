"""A line of tshark's becomes one observation, or is refused; no line ends a capture."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.capture.decode import UndecodableError, decode
from nmapwatchd.core.matcher import Kind
from nmapwatchd.core.observation import Transport


def line(**changes: object) -> bytes:
    layers: dict[str, object] = {
        "frame": {"frame_frame_time_epoch": "1795348159.426403297"},
        "eth": {"eth_eth_src": "52:54:00:12:34:56"},
        "ip": {"ip_ip_src": "10.0.0.5", "ip_ip_dst": "10.0.0.8", "ip_ip_id": "0x0001"},
        "tcp": {
            "tcp_tcp_srcport": "40000",
            "tcp_tcp_dstport": "80",
            "tcp_tcp_payload": "47:45:54",
        },
    }
    layers.update(changes)
    kept = {name: layer for name, layer in layers.items() if layer is not None}
    return json.dumps({"timestamp": "1", "layers": kept}).encode()


def test_a_frame_becomes_an_observation() -> None:
    seen = decode(line(), "eth0", {})

    assert seen is not None
    assert seen.at == 1_795_348_159_426_403_297
    assert (seen.source, seen.destination, seen.destination_port) == ("10.0.0.5", "10.0.0.8", 80)
    assert (seen.transport, seen.payload, seen.mac) == (Transport.TCP, b"GET", "52:54:00:12:34:56")


def test_both_ways_in_which_tshark_writes_the_time_are_the_same() -> None:
    old = decode(line(), "eth0", {})
    new = decode(
        line(frame={"frame_frame_time_epoch": "2026-11-22T11:49:19.426403297Z"}), "eth0", {}
    )

    assert old == new


def test_index_lines_between_frames_are_passed_over() -> None:
    assert decode(b'{"index":{"_index":"packets-2026-11-22","_type":"doc"}}', "eth0", {}) is None


def test_vlan_ids_are_told_outermost_first() -> None:
    tags = {"ieee8021ad": {"ieee8021ad_ieee8021ad_id": "7"}, "vlan": {"vlan_vlan_id": ["12", "13"]}}
    seen = decode(line(**tags), "eth0", {})

    assert seen is not None
    assert seen.vlans == ("7", "12", "13")


def test_values_of_a_layer_that_repeats_are_all_read() -> None:
    hellos = [{"tls_tls_handshake_ja3": "one"}, {"tls_tls_handshake_ja3": ["two", "three"]}]
    seen = decode(line(tls=hellos), "eth0", {"tls.handshake.ja3": Kind.TEXT})

    assert seen is not None
    assert seen.decoded == {"tls.handshake.ja3": ("one", "two", "three")}


def test_a_key_that_repeats_keeps_every_value() -> None:
    text = line(tls={"tls_tls_handshake_ja3": "one"}).replace(
        b'"tls_tls_handshake_ja3": "one"',
        b'"tls_tls_handshake_ja3": "one", "tls_tls_handshake_ja3": "two"',
    )
    seen = decode(text, "eth0", {"tls.handshake.ja3": Kind.TEXT})

    assert seen is not None
    assert seen.decoded["tls.handshake.ja3"] == ("one", "two")


def test_bytes_that_are_not_utf_8_do_not_refuse_a_frame() -> None:
    text = line(tls={"tls_tls_handshake_ja3": "X"}).replace(b'"X"', b'"\xff\xfe"')
    seen = decode(text, "eth0", {"tls.handshake.ja3": Kind.TEXT})

    assert seen is not None
    assert seen.decoded["tls.handshake.ja3"] == ("\ufffd\ufffd",)


@pytest.mark.parametrize(
    "changes",
    [
        {"ip": [{"ip_ip_src": "10.0.0.5"}, {"ip_ip_src": "10.0.0.6"}]},
        {"ipv6": {"ipv6_ipv6_src": "::1"}},
        {"ip": {"ip_ip_src": ["10.0.0.5", "10.0.0.6"], "ip_ip_dst": "10.0.0.8"}},
    ],
)
def test_a_frame_with_more_than_one_sender_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(UndecodableError):
        decode(line(**changes), "eth0", {})


@given(st.binary())
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        decode(data, "eth0", {"tls.handshake.ja3": Kind.BYTES})
    except UndecodableError:
        return


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=12), children, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["frame", "eth", "ip", "tcp", "udp", "tls", "vlan"]), _json))
def test_any_tree_is_read_or_refused(layers: dict[str, object]) -> None:
    try:
        decode(line(**layers), "eth0", {"tls.handshake.ja3": Kind.NUMBER})
    except UndecodableError:
        return
