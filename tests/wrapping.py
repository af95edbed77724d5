"""Wraps an Ethernet frame with IP in every wrapping that mirrors and tunnels send."""

import struct
from collections.abc import Callable, Mapping
from ipaddress import ip_address

from tests.frames import checksum

# The tunnel's ends, and the Ethernet addresses of the network between them.
OUTER = ("192.0.2.1", "198.51.100.2")
OUTER_IPV6 = ("2001:db8:1::1", "2001:db8:2::2")
_LINK = bytes.fromhex("020000000002020000000001")

_IPV4, _IPV6, _BRIDGED = 0x0800, 0x86DD, 0x6558

# Without their first byte: eight bytes of padding, a list of one segment (RFC 8754), the first of
# several fragments.
_OPTIONS = bytes.fromhex("00010400000000")
_EXTENSIONS = {
    43: bytes.fromhex("02040000000000") + ip_address("2001:db8::9").packed,
    44: bytes.fromhex("00000100000007"),
}

Wrap = Callable[[bytes], bytes]


def packet_of(frame: bytes) -> tuple[int, bytes]:
    """Return the EtherType and the packet of an untagged frame."""
    return int.from_bytes(frame[12:14]), frame[14:]


def link(kind: int, packet: bytes) -> bytes:
    """Return a packet in a frame of the network between the tunnel's ends."""
    return _LINK + struct.pack(">H", kind) + packet


def over_ip(protocol: int, body: bytes, ends: tuple[str, str] = OUTER) -> bytes:
    """Return the body of an IP packet between the tunnel's ends, in a frame."""
    source, destination = (ip_address(end).packed for end in ends)
    if len(source) == 16:
        head = struct.pack(">IHBB", 6 << 28, len(body), protocol, 64)
        return link(_IPV6, head + source + destination + body)
    head = struct.pack(">BBHHHBB", 0x45, 0, 20 + len(body), 1, 0x4000, 64, protocol)
    total = struct.pack(">H", checksum(head + source + destination))
    return link(_IPV4, head + total + source + destination + body)


def over_udp(port: int, body: bytes, ends: tuple[str, str] = OUTER) -> bytes:
    """Return a datagram between the tunnel's ends, in a frame."""
    return over_ip(17, struct.pack(">HHHH", 55_555, port, 8 + len(body), 0) + body, ends)


def gre(kind: int, body: bytes, *, flags: int = 0, ends: tuple[str, str] = OUTER) -> bytes:
    """Return a body in GRE; flags are those of RFC 2890: checksum, key, sequence number."""
    optional = b"".join(
        field
        for bit, field in ((0x8000, bytes(4)), (0x2000, b"\0\0\0\7"), (0x1000, b"\0\0\0\1"))
        if flags & bit
    )
    return over_ip(47, struct.pack(">HH", flags, kind) + optional + body, ends)


def vxlan(frame: bytes, port: int = 4789, ends: tuple[str, str] = OUTER) -> bytes:
    """Return a frame in VXLAN."""
    return over_udp(port, bytes.fromhex("0800000000000500") + frame, ends)


def geneve(frame: bytes, options: int = 0) -> bytes:
    """Return a frame in Geneve, with so many options of four bytes."""
    head = struct.pack(">BBHI", options, 0, _BRIDGED, 5 << 8)
    # Options of class 0x0102, type 1, without data, are four bytes each.
    return over_udp(6081, head + b"\1\2\1\0" * options + frame)


def geneve_ip(frame: bytes) -> bytes:
    """Return a frame's packet in Geneve, without Ethernet."""
    kind, packet = packet_of(frame)
    return over_udp(6081, struct.pack(">BBHI", 0, 0, kind, 5 << 8) + packet)


def erspan_1(frame: bytes) -> bytes:
    """Return a frame in ERSPAN type I, which has neither a sequence number nor a header."""
    return gre(0x88BE, frame)


def erspan_2(frame: bytes) -> bytes:
    """Return a frame in ERSPAN type II."""
    return gre(0x88BE, struct.pack(">HHI", 1 << 12 | 5, 7, 0) + frame, flags=0x1000)


def erspan_3(frame: bytes, *, optional: bool = False) -> bytes:
    """Return a frame in ERSPAN type III."""
    head = struct.pack(">HHIHH", 2 << 12 | 5, 7, 0, 0, int(optional))
    return gre(0x22EB, head + bytes(8 * optional) + frame, flags=0x1000)


def ip_in_ip(frame: bytes, ends: tuple[str, str] = OUTER) -> bytes:
    """Return a frame's packet in IP: IPIP, 6in4, 4in6 or 6in6."""
    kind, packet = packet_of(frame)
    return over_ip(4 if kind == _IPV4 else 41, packet, ends)


def gre_ip(frame: bytes, flags: int = 0, ends: tuple[str, str] = OUTER) -> bytes:
    """Return a frame's packet in GRE."""
    kind, packet = packet_of(frame)
    return gre(kind, packet, flags=flags, ends=ends)


def mpls(frame: bytes, labels: int = 1, kind: int = 0x8847) -> bytes:
    """Return a frame's packet behind so many MPLS labels."""
    stack = [(16 + n) << 12 | (n == labels - 1) << 8 | 64 for n in range(labels)]
    return link(kind, struct.pack(f">{labels}I", *stack) + packet_of(frame)[1])


def pppoe(frame: bytes) -> bytes:
    """Return a frame's packet in a PPPoE session."""
    kind, packet = packet_of(frame)
    protocol = {_IPV4: 0x0021, _IPV6: 0x0057}[kind]
    body = struct.pack(">H", protocol) + packet
    return link(0x8864, struct.pack(">BBHH", 0x11, 0, 3, len(body)) + body)


def tagged(frame: bytes, *kinds: int) -> bytes:
    """Return a frame with VLAN tags, outermost first; their ids count from 100."""
    tags = b"".join(struct.pack(">HH", kind, 100 + n) for n, kind in enumerate(kinds))
    return frame[:12] + tags + frame[12:]


def extended(frame: bytes, *headers: int) -> bytes:
    """
    Return a frame of IPv6 with extension headers; of IPv4 unchanged.

    Args:
        frame: the frame.
        headers: 0 hop-by-hop options, 43 routing, 44 first fragment, 60 destination options.
    """
    kind, packet = packet_of(frame)
    if kind != _IPV6 or not headers:
        return frame
    following = (*headers[1:], packet[6])
    chain = b"".join(
        bytes((after,)) + _EXTENSIONS.get(one, _OPTIONS)
        for one, after in zip(headers, following, strict=True)
    )
    length = struct.pack(">H", len(packet) - 40 + len(chain))
    head = packet[:4] + length + bytes((headers[0],)) + packet[7:40]
    return frame[:14] + head + chain + packet[40:]


# Everything that the filter looks into, by name.
WRAPPINGS: Mapping[str, Wrap] = {
    "vxlan": vxlan,
    "vxlan-linux": lambda frame: vxlan(frame, 8472),
    "vxlan-ipv6": lambda frame: vxlan(frame, ends=OUTER_IPV6),
    "vxlan-tagged": lambda frame: vxlan(tagged(frame, 0x8100)),
    "vxlan-mpls": lambda frame: vxlan(mpls(frame)),
    "vxlan-pppoe": lambda frame: vxlan(pppoe(frame)),
    "gre": gre_ip,
    "gre-optional": lambda frame: gre_ip(frame, 0xB000),
    "gre-key": lambda frame: gre_ip(frame, 0x2000),
    "gre-ipv6": lambda frame: gre_ip(frame, ends=OUTER_IPV6),
    "gre-bridged": lambda frame: gre(_BRIDGED, frame),
    "gre-bridged-tagged": lambda frame: gre(_BRIDGED, tagged(frame, 0x88A8, 0x8100)),
    "erspan-1": erspan_1,
    "erspan-2": erspan_2,
    "erspan-2-tagged": lambda frame: erspan_2(tagged(frame, 0x8100)),
    "erspan-3": erspan_3,
    "erspan-3-optional": lambda frame: erspan_3(frame, optional=True),
    "geneve": geneve,
    "geneve-options": lambda frame: geneve(frame, 3),
    "geneve-ip": geneve_ip,
    "mpls": mpls,
    "mpls-3": lambda frame: mpls(frame, 3),
    "mpls-multicast": lambda frame: mpls(frame, kind=0x8848),
    "mpls-tagged": lambda frame: tagged(mpls(frame), 0x8100),
    "pppoe": pppoe,
    "pppoe-tagged": lambda frame: tagged(pppoe(frame), 0x88A8, 0x8100),
    "ip-in-ipv4": ip_in_ip,
    "ip-in-ipv6": lambda frame: ip_in_ip(frame, OUTER_IPV6),
    "tag-9100": lambda frame: tagged(frame, 0x9100),
    "tags-2-9100": lambda frame: tagged(frame, 0x9100, 0x8100),
    "tags-3": lambda frame: tagged(frame, 0x88A8, 0x8100, 0x8100),
    "tags-4": lambda frame: tagged(frame, 0x88A8, 0x8100, 0x8100, 0x8100),
    "hop-by-hop": lambda frame: extended(frame, 0),
    "destination-options": lambda frame: extended(frame, 60),
    "routing": lambda frame: extended(frame, 43),
    "first-fragment": lambda frame: extended(frame, 44),
    "three-extensions": lambda frame: extended(frame, 0, 43, 60),
    "erspan-of-vxlan": lambda frame: erspan_2(vxlan(frame)),
    "vxlan-of-gre": lambda frame: vxlan(gre_ip(frame)),
    "gre-of-extended": lambda frame: gre_ip(extended(frame, 60)),
    "tagged-vxlan": lambda frame: tagged(vxlan(frame), 0x8100),
    "mpls-of-vxlan": lambda frame: mpls(vxlan(frame)),
}
