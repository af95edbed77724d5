"""Decide whether a packet comes from the captured link itself: no router lowered its TTL."""

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address

from nmapwatchd.core.observation import Observation

# Distinct IPv4 sources off the link after which a MAC address is a router's. A host uses a few
# addresses, and nmap a dozen decoys; a router brings so many within minutes.
ROUTED_SOURCES = 16
# MAC addresses tracked, those of routers apart; beyond that the oldest is evicted. A link has some
# hundreds of hosts.
MAXIMUM_MACS = 2048
MAXIMUM_ROUTERS = 256
# Addresses whose kind is cached (LRU).
_MAXIMUM_CACHED = 4096

# Networks that no router of the Internet forwards: RFC 1918, RFC 3927, and loopback. Those of
# documentation (RFC 5737) are not among them: captures are anonymised with them.
_PRIVATE = tuple(
    map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16",
                      "127.0.0.0/8"))
)  # fmt: skip
# That of a link without addresses, and that of the loopback interface.
_NO_MACS = frozenset({"", "00:00:00:00:00:00"})
# The hop limit that a packet has only where no router has forwarded it (RFC 5082), and the one with
# which nmap starts.
_UNROUTED_HOP_LIMIT = ("255",)


@dataclass(slots=True)
class _Sender:
    """
    What a MAC address has sent.

    Args:
        last: the source of its latest IPv4 packet.
        routed: the IPv4 sources that are not on the link, fewer than `ROUTED_SOURCES`.
    """

    last: str = ""
    routed: set[str] = field(default_factory=set)


class LocalLinks:
    """
    The networks of the captured links, and the MAC addresses of routers there.

    IPv6 needs no networks: nmap sends a hop limit of 255, which the first router lowers.
    """

    def __init__(self) -> None:
        self._networks: Mapping[str, Sequence[IPv4Network]] = {}
        self._declared: Sequence[IPv4Network] = ()
        self._router_addresses: frozenset[str] = frozenset()
        self._routers: OrderedDict[str, None] = OrderedDict()
        self._senders: OrderedDict[str, _Sender] = OrderedDict()
        self.evicted_macs = 0

    def set_networks(
        self,
        networks: Mapping[str, Sequence[IPv4Network]],
        declared: Sequence[IPv4Network],
        routers: Collection[str] = (),
    ) -> None:
        """
        Replace the known networks and routers.

        Args:
            networks: those that each interface is in itself.
            declared: those that the operator says are on the captured links.
            routers: addresses of routers: one that masquerades sends others' packets in its name.
        """
        self._networks, self._declared = networks, declared
        self._router_addresses = frozenset(routers)

    def learn(self, seen: Observation) -> None:
        """Learn from any observation whether its MAC address is a router's."""
        mac, source = seen.mac, seen.source
        sender = self._senders.get(mac)
        if sender is not None and sender.last == source:  # nearly always
            return
        if not mac or mac in self._routers or ":" in source:
            return
        if sender is None:
            sender = self._senders[mac] = _Sender()
            if len(self._senders) > MAXIMUM_MACS:
                self._senders.popitem(last=False)
                self.evicted_macs += 1
        sender.last = source
        if self._is_neighbour(seen):
            return
        sender.routed.add(source)
        if len(sender.routed) >= ROUTED_SOURCES:
            del self._senders[mac]
            self._routers[mac] = None
            if len(self._routers) > MAXIMUM_ROUTERS:
                self._routers.popitem(last=False)
                self.evicted_macs += 1

    def is_on_link(self, seen: Observation) -> bool:
        """Return whether too few routers to disguise a usual TTL have forwarded a packet."""
        if ":" in seen.source:
            return seen.decoded.get("ipv6.hlim") == _UNROUTED_HOP_LIMIT
        if seen.mac in self._routers or seen.source in self._router_addresses:
            return False
        # A private source has not crossed the Internet; within a site, the five routers that lower
        # a usual TTL to those of nmap are rare, and many sources behind one are soon noticed.
        return _is_private(seen.source) or self._is_neighbour(seen)

    def has_own_mac(self, seen: Observation) -> bool:
        """
        Return whether the MAC address of a packet is its sender's rather than a router's.

        That takes more than `is_on_link`: a private address may be behind a router of the site.
        """
        mac, source = seen.mac, seen.source
        if (
            mac in _NO_MACS
            or seen.outer
            or mac in self._routers
            or source in self._router_addresses
        ):
            return False
        if ":" not in source:
            return self._is_neighbour(seen)
        return (
            seen.decoded.get("ipv6.hlim") == _UNROUTED_HOP_LIMIT
            or _subnet(source) == _LINK_LOCAL
            or _subnet(source) == _subnet(seen.destination)
        )

    def _is_neighbour(self, seen: Observation) -> bool:
        """Return whether an IPv4 source is in a network of the link, as far as these are known."""
        source = _address(seen.source)
        known = (*self._networks.get(seen.interface, ()), *self._declared)
        if seen.mac and any(source in network for network in known):
            return True
        return _is_private(seen.source) and _prefix(seen.source) == _prefix(seen.destination)


_address = lru_cache(_MAXIMUM_CACHED)(IPv4Address)


@lru_cache(_MAXIMUM_CACHED)
def _subnet(address: str) -> int:
    """Return the first 64 bits of an IPv6 address: those of its subnet (RFC 4291, 2.5.1)."""
    return int(IPv6Address(address)) >> 64


# The subnet of addresses that no router forwards (RFC 4291, 2.5.6).
_LINK_LOCAL = _subnet("fe80::")


@lru_cache(_MAXIMUM_CACHED)
def _is_private(address: str) -> bool:
    return any(_address(address) in network for network in _PRIVATE)


def _prefix(address: str) -> str:
    """Return the first 24 bits of an address, in dotted decimal."""
    return address.rpartition(".")[0]
