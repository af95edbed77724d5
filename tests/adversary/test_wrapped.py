"""No header around a scan hides it in silence, and a packet that is quoted blames nobody."""

import socket
import struct
from pathlib import Path
from typing import cast

import pytest

from nmapwatchd.capture.limitation import Limitation
from nmapwatchd.child.sampler import FrameSampler
from nmapwatchd.filters.wrappings import ALL, Wrapping
from tests.child.test_inspection import HIDING
from tests.child.test_sampler import PacketSocket
from tests.frames import frame
from tests.packets import icmp, network, replayed, rule_ids
from tests.wrapping import OUTER, OUTER_IPV6, WRAPPINGS, Wrap, ip_in_ip, over_udp, tagged, vxlan

# A request that only nmap sends.
REQUEST = (
    b"GET / HTTP/1.1\r\nHost: 10.0.0.8\r\nUser-Agent: Mozilla/5.0 (compatible; "
    b"Nmap Scripting Engine; https://nmap.org/book/nse.html)\r\n\r\n"
)
# Ends of the tunnels of `WRAPPINGS`.
TUNNELS = {">".join(OUTER), ">".join(OUTER_IPV6)}


def request(source: str, destination: str = "10.0.0.8") -> bytes:
    return frame(REQUEST, source=source, destination=destination)


@pytest.mark.parametrize(("prefix", "target"), [("10.0.1.", "10.0.0.8"), ("fd00::", "fd00:1::8")])
def test_a_scan_in_any_wrapping_names_the_scanner_and_keeps_the_tunnel(
    prefix: str, target: str, tmp_path: Path
) -> None:
    """A scanner inside any header that mirrors send is named, by its own address."""
    hosts = {name: f"{prefix}{number + 10}" for number, name in enumerate(WRAPPINGS)}
    # Frames of other content: the same content from several sources is a scan with decoys.
    frames = [
        WRAPPINGS[name](
            frame(REQUEST + name.encode(), source=host, destination=target, number=number)
        )
        for number, (name, host) in enumerate(hosts.items())
    ]

    alerts = {alert.source: alert for alert in replayed(tmp_path, frames)}

    assert alerts.keys() == set(hosts.values())
    for host in hosts.values():
        assert alerts[host].targets == (target,)
        assert set(alerts[host].outer) <= TUNNELS
        assert bool(alerts[host].outer) is ("tunnelled" in alerts[host].caveats)
    assert alerts[hosts["vxlan"]].outer == (">".join(OUTER),)
    assert alerts[hosts["vxlan-ipv6"]].outer == (">".join(OUTER_IPV6),)
    assert alerts[hosts["mpls"]].outer == ()


def pflog(data: bytes, size: int) -> bytes:
    """Return a frame's packet as a firewall of BSD logs it; the header's size differs."""
    family = 2 if data[12:14] == b"\x08\x00" else 24
    head = struct.pack(">BBBB16s16sII", size, family, 0, 0, b"em0", b"", 1, 0)
    return head.ljust((size + 3) // 4 * 4, b"\0") + data[14:]


def cooked(data: bytes) -> bytes:
    """Return a frame as Linux captures it on all interfaces."""
    return struct.pack(">HHH8s", 0, 1, 6, bytes.fromhex("5254001234560000")) + data[12:]


def cooked_2(data: bytes) -> bytes:
    """Return a frame as Linux captures it on all interfaces, in the newer form."""
    head = struct.pack(">HIHBB8s", 0, 3, 1, 0, 6, bytes.fromhex("5254001234560000"))
    return data[12:14] + head + data[14:]


@pytest.mark.parametrize(
    ("link", "head"),
    [
        (113, cooked),
        (276, cooked_2),
        (117, lambda data: pflog(data, 61)),
        (117, lambda data: pflog(data, 100)),
    ],
)
def test_a_scan_in_cooked_and_firewall_s_captures_is_detected(
    link: int, head: Wrap, tmp_path: Path
) -> None:
    """The link that a capture is of does not hide a scan, wrapped or not."""
    names = ["vxlan", "gre", "erspan-2", "ip-in-ipv4"]
    names += ["tag-9100", "tags-3", "mpls", "pppoe"] if link != 117 else []
    frames = [request("10.0.0.5"), request("fd00::5", "fd00::8")]
    frames += [
        WRAPPINGS[name](frame(REQUEST + name.encode(), source=f"10.0.1.{n}"))
        for n, name in enumerate(names)
    ]

    alerts = replayed(tmp_path, [head(data) for data in frames], link=link)

    hosts = {"10.0.0.5", "fd00::5", *(f"10.0.1.{n}" for n, _ in enumerate(names))}
    assert {alert.source for alert in alerts} == hosts


def test_an_error_blames_nobody_for_the_packet_that_it_quotes(tmp_path: Path) -> None:
    """An ICMP error that quotes a scanner's packet blames nobody, in a tunnel or outside of one."""
    quoted = request("10.0.0.5")[14:]
    error = icmp(3, quoted, code=3, source="10.0.0.8", destination="10.0.0.5")
    of_tunnel = icmp(3, vxlan(request("10.0.0.5"))[14:], code=3, source=OUTER[1])
    frames = [error, of_tunnel, *(wrap(error) for wrap in WRAPPINGS.values())]

    assert replayed(tmp_path, frames) == []


def test_the_sender_of_a_tunnel_is_named_with_the_packet_he_may_have_invented(
    tmp_path: Path,
) -> None:
    """One datagram of anybody's cannot blame another host without a caveat and its own address."""
    alert, _closed = replayed(tmp_path, [vxlan(request("10.0.0.5"))])

    assert alert.source == "10.0.0.5"
    assert "tunnelled" in alert.caveats
    assert alert.outer == (">".join(OUTER),)
    assert alert.macs == ("52:54:00:12:34:56",)


def test_a_scanner_seen_outside_of_a_tunnel_has_no_such_caveat(tmp_path: Path) -> None:
    """A tunnel beside the scan does not put the scan in doubt."""
    frames = [vxlan(request("10.0.0.5")), request("10.0.0.5", "10.0.0.9")]

    last = replayed(tmp_path, frames)[-1]

    assert last.caveats == ()
    assert last.outer == (">".join(OUTER),)


def test_a_protocol_scan_of_the_tunnels_protocols_is_still_detected(tmp_path: Path) -> None:
    """An empty packet of a tunnel's protocol is the scanner's own, however it is padded."""
    empty = [
        network(b"", protocol, ttl=40 + protocol % 13, number=protocol) + padding
        for protocol, padding in ((4, b""), (47, bytes(26)), (41, request("10.0.0.9")[14:]))
    ]

    alerts = replayed(tmp_path, empty)

    assert {alert.source for alert in alerts} == {"10.0.0.5"}
    assert "ip.raw-protocol" in rule_ids(alerts)


def test_a_datagram_to_a_tunnel_s_port_without_a_packet_is_the_sender_s(tmp_path: Path) -> None:
    """A scan of a tunnel's port is not taken for a tunnel."""
    probes = [over_udp(port, REQUEST) for port in (4789, 6081, 8472)]
    tcp = frame(REQUEST, source="10.0.0.5", ports=(40_000, 4789))

    assert {alert.source for alert in replayed(tmp_path, [*probes, tcp])} == {"10.0.0.5"}


def said(frames: list[bytes], wrappings: frozenset[Wrapping] = ALL) -> str:
    """Return what is reported within a minute in which only such frames arrive."""
    now = 0.0
    limitation = Limitation(lambda: now)
    for second in range(60):
        now = float(second)
        packets = cast(socket.socket, PacketSocket(frames))
        limitation.add(FrameSampler(packets, "eth1").burst())
        if report := limitation.update(wrappings):
            return report
    return ""


@pytest.mark.parametrize("name", HIDING)
def test_what_hides_a_scan_is_said_aloud_within_a_minute(name: str) -> None:
    """A header that the sensor cannot look into is reported, with its name."""
    report = said([HIDING[name], request("10.0.0.5"), request("10.0.0.6")])

    assert report.startswith("33 % of the frames are in ")
    assert report.endswith(", which nmapwatchd does not look into")


@pytest.mark.parametrize("wrapping", Wrapping)
def test_a_wrapping_that_is_left_out_is_said_aloud(wrapping: Wrapping) -> None:
    """What the operator has the sensor not look into does not make it look healthy."""
    name = "ip-in-ipv4" if wrapping is Wrapping.IPIP else wrapping.value
    wrapped = WRAPPINGS.get(name, WRAPPINGS["erspan-2"])(request("10.0.0.5"))

    assert said([wrapped], ALL - {wrapping}).startswith("100 % of the frames are in ")
    assert said([wrapped]) == ""


def test_frames_that_are_wrapped_too_deeply_are_said_aloud() -> None:
    """A scanner cannot hide in a third tunnel without the sensor saying so."""
    deep = ip_in_ip(ip_in_ip(ip_in_ip(request("10.0.0.5"))))

    assert said([deep]).startswith("100 % of the frames are in IP in IP within two other tunnels")
    assert said([tagged(request("10.0.0.5"), *5 * [0x88A8])]).startswith(
        "100 % of the frames are in more VLAN tags than four"
    )
