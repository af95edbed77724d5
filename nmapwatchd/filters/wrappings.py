"""The headers that mirrors and tunnels put before a packet, which the filters look into."""

from collections.abc import Collection, Mapping
from enum import StrEnum


class Wrapping(StrEnum):
    """A header in front of the inner packet; the configuration names them so."""

    VXLAN = "vxlan"
    GRE = "gre"
    ERSPAN = "erspan"
    GENEVE = "geneve"
    MPLS = "mpls"
    PPPOE = "pppoe"
    IPIP = "ipip"  # IPv4 or IPv6 in either


ALL = frozenset(Wrapping)

# IP tunnels within each other that the filter looks into: one, and the mirror that carries it.
MAXIMUM_TUNNELS = 2
TUNNELS = ALL - {Wrapping.MPLS, Wrapping.PPPOE}

# tshark's dissectors of each; IP dissects IP by itself.
DISSECTORS: Mapping[Wrapping, tuple[str, ...]] = {
    Wrapping.VXLAN: ("vxlan",),
    Wrapping.GRE: ("gre",),
    Wrapping.ERSPAN: ("gre", "erspan"),
    Wrapping.GENEVE: ("geneve",),
    Wrapping.MPLS: ("mpls",),
    Wrapping.PPPOE: ("pppoes", "ppp"),
    Wrapping.IPIP: (),
}

# UDP's destination ports: IANA's for VXLAN and Geneve, and Linux' own for VXLAN, which tshark's
# older versions do not know.
VXLAN_PORTS = (4789, 8472)
GENEVE_PORT = 6081


def obstacle(path: str, wrappings: Collection[str]) -> str:
    """
    Return what keeps the filter from looking into a frame, or '' if nothing does.

    Args:
        path: the frame's wrappings, outermost first, joined by `/`; see `child.inspection`.
        wrappings: those that the filter looks into.
    """
    tunnels = 0
    for name in path.split("/") if path else ():
        tunnels += name in TUNNELS
        if name not in wrappings:
            return name
        if tunnels > MAXIMUM_TUNNELS:
            return f"{name} within two other tunnels"
    return ""
