"""Compile a catalogue to tshark's settings: fields, dissectors and preferences."""

from collections.abc import Mapping
from dataclasses import dataclass

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.matcher import Kind
from nmapwatchd.core.observation import Transport

# The layers an observation is decoded from.
_LAYERS = ("frame", "eth", "ieee8021ad", "vlan", "ip", "ipv6", "tcp", "udp")
# Dissectors between the link and IP, so that IP is found on every link that tshark knows.
_LINKS = (
    "ethertype", "sll", "null", "ppp", "raw", "llc", "chdlc", "pflog", "ppi", "pcap_pktdata",
    "prism", "wlancap", "wlan", "wlan_radio", "radiotap", "_ws.malformed",
)  # fmt: skip

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
    """

    display_filter: str
    dissectors: frozenset[str]
    preferences: Mapping[str, str]
    fields: Mapping[str, Kind]


def dissection(catalogue: Catalogue) -> Dissection:
    """Return tshark's settings for a catalogue."""
    fields = catalogue.decoded_fields()
    protocols = tuple(sorted({name.partition(".")[0] for name in fields}))
    return Dissection(
        display_filter=_OBSERVABLE,
        dissectors=frozenset((*_LAYERS, *_LINKS, *protocols)),
        preferences=_PREFERENCES,
        fields=fields,
    )
