"""Compile a catalogue to tshark's settings: fields, dissectors and preferences."""

from collections.abc import Mapping
from dataclasses import dataclass

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.matcher import Kind
from nmapwatchd.core.observation import Transport
from nmapwatchd.filters.wrappings import ALL, DISSECTORS, VXLAN_PORTS, Wrapping

# The layers an observation is decoded from.
_LAYERS = ("frame", "eth", "ieee8021ad", "vlan", "ip", "ipv6", "tcp", "udp")
# Dissectors between the link and IP, so that IP is found on every link that tshark knows.
_LINKS = (
    "ethertype", "sll", "null", "ppp", "raw", "llc", "chdlc", "pflog", "ppi", "pcap_pktdata",
    "prism", "wlancap", "wlan", "wlan_radio", "radiotap", "_ws.malformed",
)  # fmt: skip
# IPv6's extension headers, which precede the transport.
_EXTENSIONS = ("ipv6.hopopts", "ipv6.routing", "ipv6.fraghdr", "ipv6.dstopts")

# The kernel's filter drops most segments, so reassembly would wait forever; and tshark's tables of
# conversations are memory that an attacker can fill.
_PREFERENCES = {
    "tcp.desegment_tcp_streams": "FALSE",
    "tcp.analyze_sequence_numbers": "FALSE",
    "tcp.track_bytes_in_flight": "FALSE",
    "tcp.calculate_timestamps": "FALSE",
    "tcp.relative_sequence_numbers": "FALSE",
    "ip.defragment": "FALSE",
    "ipv6.defragment": "FALSE",
}


# What can become an observation. The kernel's filter passes nothing else, but a capture whose link
# type has no filter is read in full. The catalogue is not part of it: tshark would try signature
# after signature on every candidate, while the index finds the few that are possible.
_OBSERVABLE = " || ".join(Transport)


@dataclass(frozen=True, slots=True)
class Dissection:
    """
    tshark's settings.

    Args:
        display_filter: the packets to decode.
        dissectors: the only ones enabled, by filter name.
        preferences: values by name.
        fields: the fields that signatures read, with their kind.
        decode_as: ports whose dissector tshark does not know by itself, for its option -d.
    """

    display_filter: str
    dissectors: frozenset[str]
    preferences: Mapping[str, str]
    fields: Mapping[str, Kind]
    decode_as: tuple[str, ...] = ()


def dissection(catalogue: Catalogue, wrappings: frozenset[Wrapping] = ALL) -> Dissection:
    """Return tshark's settings for a catalogue and the wrappings to look into."""
    fields = catalogue.decoded_fields()
    protocols = tuple(sorted({name.partition(".")[0] for name in fields}))
    inner = [name for wrapping in wrappings for name in DISSECTORS[wrapping]]
    return Dissection(
        display_filter=_OBSERVABLE,
        dissectors=frozenset((*_LAYERS, *_LINKS, *_EXTENSIONS, *inner, *protocols)),
        preferences=_PREFERENCES,
        fields=fields,
        decode_as=tuple(f"udp.port=={port},vxlan" for port in VXLAN_PORTS)
        if Wrapping.VXLAN in wrappings
        else (),
    )
