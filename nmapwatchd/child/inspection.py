"""
Find the packet that is wrapped in a frame, and name what the kernel filter cannot look into.

A frame's *path* names what is around its innermost packet, outermost first: `vxlan`,
`erspan/vxlan`. Its last name may be of something that hides what it carries, such as `esp`. The
names of wrappings that the filter can look into are those of the configuration. VLAN tags and
IPv6's extension headers are not named, because the filter always steps over them.
"""

import socket
from typing import NamedTuple

# What the kernel filter steps over: VLAN tags before a packet, MPLS labels, extension headers.
MAXIMUM_TAGS = 4
MAXIMUM_LABELS = 6
MAXIMUM_EXTENSIONS, MAXIMUM_INNER_EXTENSIONS = 4, 2
# Names in a path; deeper frames are not worth the time.
MAXIMUM_NAMES = 6

# Size of the header of link types (DLT_* of pcap/dlt.h), with the offset of the EtherType, and of
# those that carry IP alone; PFLOG's is in its first byte.
_TYPED_LINKS = {1: (14, 12), 113: (16, 14), 276: (20, 0)}
_IP_LINKS = {0: 4, 12: 0, 108: 4, 228: 0, 229: 0}
_PFLOG = 117
_IPV4, _IPV6 = 0x0800, 0x86DD
_TAGS = frozenset({0x8100, 0x88A8, 0x9100})
_MPLS, _PPPOE = frozenset({0x8847, 0x8848}), 0x8864
# Below this number, the field is a length, or a number of Linux for a frame with one.
_SMALLEST_ETHERTYPE = 0x0600
_SNAP = bytes.fromhex("aaaa03000000")
# EtherTypes that carry frames or packets in a form that the filter does not read.
_HIDING = {
    0x88E5: "macsec", 0x88E7: "pbb", 0x894F: "nsh", 0x22F3: "trill", 0x8903: "fabricpath",
    0x8926: "vn-tag", 0x893F: "e-tag", 0xF1C1: "r-tag",
}  # fmt: skip
# EtherTypes that carry no IP: ARP, RARP, LLDP, EAPOL, PPPoE discovery, LACP, PTP, CFM, loopback,
# IPX, AppleTalk, DECnet, Wake-on-LAN, MRP, PRP, AoE, FCoE, HomePlug, industrial Ethernet, Realtek's
# loop detection.
_WITHOUT_IP = frozenset({
    0x0806, 0x8035, 0x88CC, 0x888E, 0x8863, 0x8809, 0x88F7, 0x8902, 0x9000, 0x8137, 0x809B, 0x80F3,
    0x6003, 0x0842, 0x88E3, 0x88F5, 0x88F6, 0x88FB, 0x88A2, 0x8906, 0x8914, 0x88E1, 0x887B, 0x8892,
    0x88A4, 0x88AB, 0x88B8, 0x88B9, 0x88BA, 0x88CD, 0x891D, 0x8899, 0x8874,
})  # fmt: skip

_UDP, _GRE, _IPIP = 17, 47, frozenset({4, 41})
_HIDING_PROTOCOLS = {
    50: "esp", 51: "ah", 97: "etherip", 98: "encap", 115: "l2tp", 137: "mpls-in-ip",
    143: "ethernet-in-ip",
}  # fmt: skip
_EXTENSIONS, _FRAGMENT = frozenset({0, 43, 60}), 44
# Mobility, HIP, Shim6, experiments.
_UNKNOWN_EXTENSIONS = frozenset({135, 139, 140, 253, 254})
_VXLAN, _GENEVE = frozenset({4789, 8472}), 6081
_IPSEC = 4500
_HIDING_PORTS = {
    1194: "openvpn", 1701: "l2tp", 2152: "gtp", 3544: "teredo", 4341: "lisp", 4790: "vxlan-gpe",
    5247: "capwap", 6635: "mpls-in-udp", 37008: "tzsp", 51820: "wireguard",
}  # fmt: skip
_BRIDGED, _ERSPAN, _ERSPAN_3, _PPTP = 0x6558, 0x88BE, 0x22EB, 0x880B
_GRE_OPTIONAL, _GRE_SEQUENCE, _GRE_ROUTING = (0x8000, 0x2000, 0x1000), 0x1000, 0x4000


class Inspected(NamedTuple):
    """
    What a frame consists of.

    Args:
        path: what is around the packet, or hides it; '' for an ordinary frame.
        packet: the innermost IP packet that can be read; empty if there is none.
    """

    path: str
    packet: bytes


class _Carried(NamedTuple):
    """
    What a header is followed by.

    Args:
        name: of the wrapping; '' if it is none.
        kind: EtherType of what follows; 0 if it is not a packet.
        data: what follows.
        is_frame: whether that is an Ethernet frame, whatever the type.
    """

    name: str
    kind: int
    data: bytes
    is_frame: bool = False


def inspect(ethertype: int, data: bytes) -> Inspected:
    """
    Inspect a frame.

    Args:
        ethertype: of the frame, as Linux reports it.
        data: what follows the link's header; the first bytes are sufficient.
    """
    names: list[str] = []
    packet = b""
    carried = _Carried("", ethertype, data)
    try:
        while carried.kind and len(names) < MAXIMUM_NAMES:
            if carried.kind in (_IPV4, _IPV6):
                extensions = MAXIMUM_INNER_EXTENSIONS if packet else MAXIMUM_EXTENSIONS
                packet = carried.data
                carried = _after_ip(packet, extensions)
            else:
                carried = _after_link(carried.kind, carried.data)
            if carried.is_frame:
                carried = carried._replace(kind=_number(carried.data, 12), data=carried.data[14:])
            if carried.name:
                names.append(carried.name)
    except IndexError:  # truncated
        pass
    return Inspected("/".join(names), packet)


def after_link_header(frame: bytes, link: int) -> tuple[int, bytes]:
    """
    Return the EtherType of a frame of a link type, and what follows the link's header.

    Returns:
        The EtherType is 0 if the frame is truncated or carries no IP, or the link is not supported.
    """
    try:
        if link in _TYPED_LINKS:
            size, offset = _TYPED_LINKS[link]
            return _number(frame, offset), frame[size:]
        size = (frame[0] + 3) & 0xFC if link == _PFLOG else _IP_LINKS[link]
        return _version(frame[size:]), frame[size:]
    except (IndexError, KeyError):
        return 0, b""


def source_of(packet: bytes) -> str:
    """Return an IP packet's source address, or '' if it is truncated."""
    try:
        if packet[0] >> 4 == 4:
            return socket.inet_ntop(socket.AF_INET, packet[12:16])
        return socket.inet_ntop(socket.AF_INET6, packet[8:24])
    except (IndexError, ValueError):
        return ""


def _number(data: bytes, offset: int) -> int:
    """Return two bytes as a number; raises IndexError if they are missing."""
    return data[offset] << 8 | data[offset + 1]


def _version(data: bytes) -> int:
    """Return the EtherType of an IP packet by its version; 0 if it is none."""
    return {4: _IPV4, 6: _IPV6}.get(data[0] >> 4, 0)


def _after_link(kind: int, data: bytes) -> _Carried:
    """Return what an EtherType other than IP's is followed by."""
    tags = 0
    while kind in _TAGS:
        tags += 1
        if tags > MAXIMUM_TAGS:
            return _Carried("vlan", 0, b"")
        kind, data = _number(data, 2), data[4:]
    if kind in (_IPV4, _IPV6):
        return _Carried("", kind, data)
    if kind in _MPLS:
        return _after_mpls(data)
    if kind == _PPPOE:
        return _after_pppoe(data)
    if kind < _SMALLEST_ETHERTYPE:
        is_ip = data[:6] == _SNAP and _number(data, 6) in (_IPV4, _IPV6)
        return _Carried("snap" if is_ip else "", 0, b"")
    if kind in _WITHOUT_IP:
        return _Carried("", 0, b"")
    return _Carried(_HIDING.get(kind, f"ethertype-{kind:04x}"), 0, b"")


def _after_mpls(data: bytes) -> _Carried:
    for _ in range(MAXIMUM_LABELS):
        is_bottom, data = data[2] & 1, data[4:]
        if is_bottom:
            kind = _version(data)
            return _Carried("mpls", kind, data) if kind else _Carried("pseudowire", 0, b"")
    return _Carried("mpls-stack", 0, b"")


def _after_pppoe(data: bytes) -> _Carried:
    if _number(data, 0) != 0x1100:
        return _Carried("", 0, b"")
    protocol = _number(data, 6)
    kind = {0x0021: _IPV4, 0x0057: _IPV6}.get(protocol, 0)
    if kind or protocol >= 0x4000:  # the larger ones control the link
        return _Carried("pppoe" if kind else "", kind, data[8:])
    return _Carried(f"ppp-{protocol:04x}", 0, b"")


def _after_ip(packet: bytes, extensions: int) -> _Carried:
    if packet[0] >> 4 == 4:
        if _number(packet, 6) & 0x1FFF:
            return _Carried("", 0, b"")
        return _after_transport(packet[9], packet[(packet[0] & 0x0F) * 4 : _number(packet, 2)])
    protocol, data = packet[6], packet[40:]
    for _ in range(extensions):
        if protocol == _FRAGMENT:
            if _number(data, 2) & 0xFFF8:
                return _Carried("", 0, b"")
            protocol, data = data[0], data[8:]
        elif protocol in _EXTENSIONS:
            protocol, data = data[0], data[(data[1] + 1) * 8 :]
        else:
            break
    if protocol in _EXTENSIONS or protocol == _FRAGMENT or protocol in _UNKNOWN_EXTENSIONS:
        return _Carried(f"ipv6-extension-{protocol}", 0, b"")
    return _after_transport(protocol, data)


def _after_transport(protocol: int, data: bytes) -> _Carried:
    if protocol == _UDP:
        return _after_udp(data)
    if protocol in _IPIP and data and _version(data):
        return _Carried("ipip", _version(data), data)
    if protocol == _GRE and data:
        return _after_gre(data)
    if protocol in _HIDING_PROTOCOLS and data:
        return _Carried(_HIDING_PROTOCOLS[protocol], 0, b"")
    return _Carried("", 0, b"")


def _after_udp(data: bytes) -> _Carried:
    port, payload = _number(data, 2), data[8:]
    if port in _VXLAN and len(payload) >= 8 + 14:
        return _Carried("vxlan", 1, payload[8:], is_frame=True)
    if port == _GENEVE and len(payload) >= 8:
        kind, inner = _number(payload, 2), payload[8 + (payload[0] & 0x3F) * 4 :]
        return _Carried("geneve", kind, inner, is_frame=kind == _BRIDGED)
    # Four zeros precede a message of IKE, which is not hidden by anything around it.
    if port == _IPSEC and len(payload) > 4 and payload[:4] != bytes(4):
        return _Carried("esp", 0, b"")
    return _Carried(_HIDING_PORTS.get(port, "") if payload else "", 0, b"")


def _after_gre(data: bytes) -> _Carried:
    flags, kind, start = _number(data, 0), _number(data, 2), 4
    if kind == _PPTP or flags & _GRE_ROUTING:
        return _Carried("pptp" if kind == _PPTP else "gre-routing", 0, b"")
    start += sum(4 for bit in _GRE_OPTIONAL if flags & bit)
    if kind == _ERSPAN:
        start += 8 if flags & _GRE_SEQUENCE else 0
        return _Carried("erspan", kind, data[start:], is_frame=True)
    if kind == _ERSPAN_3:
        start += 20 if data[start + 11] & 1 else 12
        return _Carried("erspan", kind, data[start:], is_frame=True)
    inner = data[start:]
    return _Carried("gre" if inner else "", kind if inner else 0, inner, is_frame=kind == _BRIDGED)
