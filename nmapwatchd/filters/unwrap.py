"""
Emit BPF that finds the packet to inspect: the outer one, or the one that is wrapped in it.

The outer packet is located first (`headers`). If it carries one of the enabled wrappings, the slots
of the network header are moved to the inner packet, up to `MAXIMUM_TUNNELS` times; then the clauses
are compared with it as with any other packet. A packet that only looks like a tunnel, because no IP
follows, is compared itself. TCP over IP pays nothing for this, UDP comparisons of its port.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise

from nmapwatchd.core.observation import Transport
from nmapwatchd.filters.bpf import Assembler, Code, Label
from nmapwatchd.filters.headers import (
    END,
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    HEADER,
    IP_WORD,
    IPV4_FRAGMENT,
    IPV6_LENGTH,
    NETWORK,
    PROTOCOL,
    RESULT,
    Found,
    emit_network,
    store_ipv4_ends,
)
from nmapwatchd.filters.wrappings import (
    GENEVE_PORT,
    MAXIMUM_TUNNELS,
    TUNNELS,
    VXLAN_PORTS,
    Wrapping,
)

# VLAN tags, MPLS labels and IPv6 extension headers that the program steps over.
MAXIMUM_TAGS = 4
MAXIMUM_LABELS = 6
MAXIMUM_EXTENSIONS, MAXIMUM_INNER_EXTENSIONS = 4, 2

# Slots of scratch memory, after those of `headers`: the end of what a tunnel carries, the start of
# the header that is read, a number that has to survive a comparison.
_LIMIT, _START, _KEPT = range(RESULT + 1, RESULT + 4)

_TAGS = (0x8100, 0x88A8, 0x9100)  # 802.1Q, 802.1ad, and what preceded the latter
_MPLS = (0x8847, 0x8848)
_PPPOE = 0x8864
_BRIDGED = 0x6558  # transparent Ethernet bridging (RFC 1701)
_ERSPAN, _ERSPAN_3 = 0x88BE, 0x22EB
_GRE_OPTIONAL = (0x8000, 0x2000, 0x1000)  # RFC 2890: checksum, key, sequence number
_GRE_SEQUENCE = 0x1000
_VXLAN_END = 8 + 8  # UDP and VXLAN (RFC 7348)
_GRE_ROUTING = 0x4000  # RFC 1701; obsolete, and of variable length
_TCP, _UDP, _ICMPV6, _GRE = 6, 17, 58, 47
_IPIP = (4, 41)
# Hop-by-hop options, routing, destination options (RFC 8200); and fragments.
_EXTENSIONS, _FRAGMENT = (0, 43, 60), 44


@dataclass(frozen=True, slots=True)
class Located:
    """
    Where the program continues with the packet to inspect.

    Args:
        ipv4: any of IPv4; A is its word of the fragment.
        ipv6: any of IPv6; A is the protocol after its extension headers.
        whole_ipv4: IPv4 that is not a fragment; A is the protocol.
        over_ipv4: the same, if the protocol is known; no transport in particular.
        over_ipv6: IPv6, likewise.
    """

    ipv4: Label
    ipv6: Label
    whole_ipv4: Label
    over_ipv4: Mapping[Transport, Label]
    over_ipv6: Mapping[Transport, Label]


def emit_located(
    out: Assembler,
    link: int,
    wrappings: Collection[Wrapping],
    located: Located,
    reject: Label,
) -> None:
    """
    Emit code that locates the packet to inspect.

    Args:
        out: the program.
        link: one of `headers.LINKS`.
        wrappings: those to look into.
        located: where to continue.
        reject: target for anything that is not IP.
    """
    itself = Label()
    tunnels = MAXIMUM_TUNNELS if TUNNELS.intersection(wrappings) else 0
    levels = [
        Found(Label(), Label(), Label(), tuple(Label() for _ in range(MAXIMUM_TAGS)), failed)
        for failed in (reject, *[itself] * tunnels)
    ]
    emit_network(out, link, levels[0])
    unwrap = _Unwrap(out, frozenset(wrappings), located, reject, itself)
    for level, (found, inner) in enumerate(pairwise((*levels, None))):
        assert found is not None
        unwrap.emit_link(found, checked=level > 0)
        extensions = MAXIMUM_INNER_EXTENSIONS if level else MAXIMUM_EXTENSIONS
        unwrap.emit_ipv6(found, extensions, has_tunnels=inner is not None)
        unwrap.emit_ipv4(found, has_tunnels=inner is not None)
        if inner is not None:
            unwrap.emit_tunnels(inner)
    if tunnels:
        unwrap.emit_itself()


class _Unwrap:
    """
    Emits the parts of the program.

    Args:
        out: the program.
        wrappings: those to look into.
        located: where to continue with a packet.
        reject: target for what is not inspected.
        itself: target for a packet that carries no IP, after a comparison.
    """

    def __init__(
        self,
        out: Assembler,
        wrappings: frozenset[Wrapping],
        located: Located,
        reject: Label,
        itself: Label,
    ) -> None:
        self._out, self._wrappings, self._located = out, wrappings, located
        self._reject, self._itself = reject, itself
        # The tunnels of the present level; A is the protocol or the port.
        self._over_ipv4, self._over_ipv6 = Label(), Label()

    # Below IP.

    def emit_link(self, found: Found, checked: bool) -> None:
        """Emit the way from an EtherType to IP; `checked` if a packet around it may be compared."""
        out = self._out
        resolved = Label()
        for other in found.others:
            out.bind(other)
            tagged = Label()
            for tag in _TAGS:
                out.jump(Code.JEQ, tag, then=tagged)
            out.goto(resolved)
            out.bind(tagged)
            out.emit(Code.LD_IND_H, 2)
            out.emit(Code.ST, _KEPT)
            self._advance(4)
            out.emit(Code.LD_MEM, _KEPT)
        out.bind(resolved)
        mpls, pppoe = Label(), Label()
        out.jump(Code.JEQ, ETHERTYPE_IPV4, then=found.packet)
        out.jump(Code.JEQ, ETHERTYPE_IPV6, then=found.packet)
        if Wrapping.MPLS in self._wrappings:
            for kind in _MPLS:
                out.jump(Code.JEQ, kind, then=mpls)
        if Wrapping.PPPOE in self._wrappings:
            out.jump(Code.JEQ, _PPPOE, then=pppoe)
        out.goto(found.reject)
        if Wrapping.PPPOE in self._wrappings:
            out.bind(pppoe)
            self._emit_pppoe(found)
        if Wrapping.MPLS in self._wrappings:
            out.bind(mpls)
            self._emit_mpls()
        out.bind(found.packet)
        self._emit_packet(found, checked)

    def _emit_pppoe(self, found: Found) -> None:
        """Step over the header of a PPPoE session (RFC 2516) and PPP's protocol."""
        out = self._out
        out.emit(Code.LD_IND_H, 0)
        out.jump(Code.JEQ, 0x1100, otherwise=found.reject)
        self._advance(8)
        out.goto(found.packet)

    def _emit_mpls(self) -> None:
        """Step over MPLS labels (RFC 3032), up to the bottom of their stack."""
        out = self._out
        bottom = Label()
        for _ in range(MAXIMUM_LABELS - 1):
            out.emit(Code.LD_IND_B, 2)
            out.jump(Code.JSET, 1, then=bottom)
            self._advance(4)
        out.bind(bottom)
        self._advance(4)

    def _emit_packet(self, found: Found, checked: bool) -> None:
        """Store what the clauses need of the packet that X is the start of."""
        out = self._out
        is_ipv4, is_ipv6 = Label(), Label()
        if checked:
            self._require(20)
        out.emit(Code.LD_IND_B, 0)
        out.emit(Code.RSH_K, 4)
        out.jump(Code.JEQ, 4, then=is_ipv4)
        out.jump(Code.JEQ, 6, then=is_ipv6, otherwise=found.reject)
        out.bind(is_ipv4)
        out.emit(Code.STX, NETWORK)
        out.emit(Code.LD_IND_W, 0)
        store_ipv4_ends(out)
        out.emit(Code.LD_IND_W, IPV4_FRAGMENT)
        out.emit(Code.ST, IP_WORD)
        out.goto(found.ipv4)
        out.bind(is_ipv6)
        out.emit(Code.STX, NETWORK)
        out.emit(Code.TXA)
        out.emit(Code.ADD_K, 40)
        out.emit(Code.ST, HEADER)
        out.emit(Code.LD_IND_W, IPV6_LENGTH)
        out.emit(Code.ST, IP_WORD)
        out.emit(Code.RSH_K, 16)
        out.emit(Code.LDX_MEM, HEADER)
        out.emit(Code.ADD_X)
        out.emit(Code.ST, END)
        out.emit(Code.LD_MEM, IP_WORD)
        out.goto(found.ipv6)

    # IP.

    def emit_ipv4(self, found: Found, has_tunnels: bool) -> None:
        """Emit the choice between a tunnel over IPv4 and the packet itself. A is the IP word."""
        out, located = self._out, self._located
        out.bind(found.ipv4)
        if not has_tunnels:
            out.goto(located.ipv4)
            return
        fragment, whole, again = Label(), Label(), Label()
        out.jump(Code.JSET, 0x3FFF_0000, then=fragment)
        out.emit(Code.AND_K, 0xFF)
        out.jump(Code.JEQ, _TCP, then=located.over_ipv4[Transport.TCP])
        out.jump(Code.JEQ, _UDP, otherwise=whole)
        self._emit_ports(self._over_ipv4, located.over_ipv4[Transport.UDP])
        out.bind(whole)
        self._emit_protocols(self._over_ipv4)
        out.goto(located.whole_ipv4)
        out.bind(fragment)
        out.jump(Code.JSET, 0x1FFF_0000, then=located.ipv4)
        # The first of several has the inner headers, in any tunnel that is of use.
        other = Label()
        out.emit(Code.AND_K, 0xFF)
        out.jump(Code.JEQ, _UDP, otherwise=other)
        self._emit_ports(self._over_ipv4, again)
        out.bind(other)
        self._emit_protocols(self._over_ipv4)
        out.bind(again)
        out.emit(Code.LD_MEM, IP_WORD)
        out.goto(located.ipv4)

    def emit_ipv6(self, found: Found, extensions: int, has_tunnels: bool) -> None:
        """Emit the steps over extension headers, and the same choice. A is the length word."""
        out, located = self._out, self._located
        out.bind(found.ipv6)
        out.emit(Code.RSH_K, 8)
        out.emit(Code.AND_K, 0xFF)
        out.jump(Code.JEQ, _TCP, then=located.over_ipv6[Transport.TCP])
        extended, done = Label(), Label()
        if has_tunnels:
            out.jump(Code.JEQ, _UDP, otherwise=extended)
            out.emit(Code.ST, PROTOCOL)
            self._emit_ports(self._over_ipv6, located.over_ipv6[Transport.UDP])
        else:
            out.jump(Code.JEQ, _UDP, then=located.over_ipv6[Transport.UDP])
        out.bind(extended)
        out.jump(Code.JEQ, _ICMPV6, then=located.over_ipv6[Transport.ICMPV6])
        for _ in range(extensions):
            self._emit_extension(done)
        out.bind(done)
        if has_tunnels:
            other = Label()
            out.emit(Code.ST, PROTOCOL)
            out.jump(Code.JEQ, _UDP, otherwise=other)
            self._emit_ports(self._over_ipv6, self._itself)
            out.bind(other)
            self._emit_protocols(self._over_ipv6)
        out.goto(located.ipv6)

    def _emit_extension(self, done: Label) -> None:
        """Step over one extension header, if A is the type of one; A is the next one's."""
        out = self._out
        step, fragment, following = Label(), Label(), Label()
        for kind in _EXTENSIONS:
            out.jump(Code.JEQ, kind, then=step)
        out.jump(Code.JEQ, _FRAGMENT, then=fragment, otherwise=done)
        out.bind(fragment)
        out.emit(Code.LDX_MEM, HEADER)
        out.emit(Code.LD_IND_H, 2)
        out.jump(Code.JSET, 0xFFF8, then=self._reject)  # not the first
        out.emit(Code.LD_IMM, 8)
        out.goto(following)
        out.bind(step)
        out.emit(Code.LDX_MEM, HEADER)
        out.emit(Code.LD_IND_B, 1)
        out.emit(Code.ADD_K, 1)
        out.emit(Code.LSH_K, 3)
        out.bind(following)
        out.emit(Code.ADD_X)
        out.emit(Code.ST, HEADER)
        out.emit(Code.LD_IND_B, 0)

    # Tunnels over IP.

    def _emit_ports(self, tunnel: Label, other: Label) -> None:
        """Jump by UDP's destination port."""
        out = self._out
        ports = {
            Wrapping.VXLAN: VXLAN_PORTS,
            Wrapping.GENEVE: (GENEVE_PORT,),
        }
        enabled = [port for one, many in ports.items() if one in self._wrappings for port in many]
        if enabled:
            out.emit(Code.LDX_MEM, HEADER)
            out.emit(Code.LD_IND_H, 2)
            for port in enabled:
                out.jump(Code.JEQ, port, then=tunnel)
        out.goto(other)

    def _emit_protocols(self, tunnel: Label) -> None:
        """Jump if IP's protocol, which is in A, is that of a tunnel."""
        protocols = {Wrapping.IPIP: _IPIP, Wrapping.GRE: (_GRE,), Wrapping.ERSPAN: (_GRE,)}
        for number in dict.fromkeys(
            number for one, many in protocols.items() if one in self._wrappings for number in many
        ):
            self._out.jump(Code.JEQ, number, then=tunnel)

    def emit_tunnels(self, inner: Found) -> None:
        """Emit the way from the header of a tunnel to what it carries."""
        out = self._out
        # The kernel rejects a program that might load what it has not stored.
        out.bind(self._over_ipv4)
        out.emit(Code.ST, PROTOCOL)
        out.bind(self._over_ipv6)
        out.emit(Code.ST, _KEPT)
        self._over_ipv4, self._over_ipv6 = Label(), Label()
        self._emit_limit()
        bridged, gre, geneve = Label(), Label(), Label()
        out.emit(Code.LDX_MEM, HEADER)
        out.emit(Code.LD_MEM, _KEPT)
        if Wrapping.IPIP in self._wrappings:
            for number in _IPIP:
                out.jump(Code.JEQ, number, then=inner.packet)
        out.jump(Code.JEQ, _GRE, then=gre)
        out.jump(Code.JEQ, GENEVE_PORT, then=geneve)
        self._require(_VXLAN_END)
        self._advance(_VXLAN_END)
        out.goto(bridged)
        out.bind(geneve)
        self._emit_geneve(inner, bridged)
        out.bind(gre)
        self._emit_gre(inner, bridged)
        out.bind(bridged)
        self._require(14)
        out.emit(Code.LD_IND_H, 12)
        out.emit(Code.ST, _KEPT)
        self._advance(14)
        out.emit(Code.LD_MEM, _KEPT)
        out.goto(inner.others[0])

    def _emit_limit(self) -> None:
        """
        Store the end of what the packet carries: IP's length, at most the frame's.

        A sender whose card segments packets may leave the length 0; then it is the frame's end.
        """
        out = self._out
        done = Label()
        out.emit(Code.LD_LEN)
        out.emit(Code.ST, _LIMIT)
        out.emit(Code.TAX)
        out.emit(Code.LD_MEM, END)
        out.jump(Code.JGT_X, 0, then=done)
        out.emit(Code.LDX_MEM, HEADER)
        out.jump(Code.JGE_X, 0, otherwise=done)
        out.emit(Code.ST, _LIMIT)
        out.bind(done)

    def _emit_geneve(self, inner: Found, bridged: Label) -> None:
        """Step over Geneve (RFC 8926) and its options."""
        out = self._out
        self._require(16)
        out.emit(Code.LD_IND_H, 10)
        out.emit(Code.ST, _KEPT)
        out.emit(Code.LD_IND_B, 8)
        out.emit(Code.AND_K, 0x3F)
        out.emit(Code.LSH_K, 2)
        out.emit(Code.ADD_X)
        out.emit(Code.ADD_K, 16)
        out.emit(Code.TAX)
        out.emit(Code.LD_MEM, _KEPT)
        out.jump(Code.JEQ, _BRIDGED, then=bridged, otherwise=inner.others[0])

    def _emit_gre(self, inner: Found, bridged: Label) -> None:
        """Step over GRE (RFC 2784, RFC 2890) with its optional fields, and over ERSPAN."""
        out = self._out
        self._require(4)
        out.emit(Code.LD_IND_H, 0)
        out.jump(Code.JSET, _GRE_ROUTING, then=self._itself)
        out.emit(Code.ST, _KEPT)
        self._advance(4)
        for flag in _GRE_OPTIONAL:
            absent = Label()
            out.emit(Code.LD_MEM, _KEPT)
            out.jump(Code.JSET, flag, otherwise=absent)
            self._advance(4)
            out.bind(absent)
        out.emit(Code.STX, _START)
        out.emit(Code.LDX_MEM, HEADER)
        out.emit(Code.LD_IND_H, 2)
        out.emit(Code.LDX_MEM, _START)
        if Wrapping.ERSPAN in self._wrappings:
            self._emit_erspan(bridged)
        if Wrapping.GRE in self._wrappings:
            out.jump(Code.JEQ, _BRIDGED, then=bridged, otherwise=inner.others[0])
        else:
            out.goto(self._itself)

    def _emit_erspan(self, bridged: Label) -> None:
        """Step over ERSPAN, if A is one of its types: I has no header, II and III have."""
        out = self._out
        second, third, other = Label(), Label(), Label()
        out.jump(Code.JEQ, _ERSPAN, then=second)
        out.jump(Code.JEQ, _ERSPAN_3, then=third, otherwise=other)
        out.bind(second)
        out.emit(Code.LD_MEM, _KEPT)
        out.jump(Code.JSET, _GRE_SEQUENCE, otherwise=bridged)
        self._advance(8)
        out.goto(bridged)
        out.bind(third)
        self._require(12)
        out.emit(Code.LD_IND_B, 11)
        out.emit(Code.AND_K, 1)  # whether eight bytes of the platform's follow
        out.emit(Code.LSH_K, 3)
        out.emit(Code.ADD_X)
        out.emit(Code.ADD_K, 12)
        out.emit(Code.TAX)
        out.goto(bridged)
        out.bind(other)

    def emit_itself(self) -> None:
        """Emit the return to the packet that carries no other."""
        out = self._out
        is_ipv6 = Label()
        out.bind(self._itself)
        out.emit(Code.LDX_MEM, NETWORK)
        out.emit(Code.LD_IND_B, 0)
        out.jump(Code.JSET, 0x20, then=is_ipv6)  # of the version 6, but not of 4
        out.emit(Code.LD_MEM, IP_WORD)
        out.goto(self._located.ipv4)
        out.bind(is_ipv6)
        out.emit(Code.LD_MEM, PROTOCOL)
        out.goto(self._located.ipv6)

    # Steps.

    def _require(self, size: int) -> None:
        """Emit a jump for a packet that carries less after X; A is lost."""
        out = self._out
        out.emit(Code.STX, _START)
        out.emit(Code.TXA)
        out.emit(Code.ADD_K, size)
        out.emit(Code.LDX_MEM, _LIMIT)
        out.jump(Code.JGT_X, 0, then=self._itself)
        out.emit(Code.LDX_MEM, _START)

    def _advance(self, size: int) -> None:
        """Emit a step of X; A is lost."""
        self._out.emit(Code.TXA)
        self._out.emit(Code.ADD_K, size)
        self._out.emit(Code.TAX)
