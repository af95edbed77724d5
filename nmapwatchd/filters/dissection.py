"""Compiles a catalogue to what tshark is told: fields, dissectors and preferences."""

from collections.abc import Mapping
from dataclasses import dataclass

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.matcher import Kind
from nmapwatchd.core.observation import Transport

# What every observation is read from; ethertype is no layer of its own but hands on to IP.
_LAYERS = ("frame", "eth", "ieee8021ad", "vlan", "ip", "ipv6", "tcp", "udp")
# Dissectors between the link and IP, so that IP is found on every link that tshark knows.
_LINKS = (
    "ethertype", "sll", "null", "ppp", "raw", "llc", "wlan", "wlan_radio", "radiotap",
    "_ws.malformed",
)  # fmt: skip

# Behind a narrow kernel filter most segments are missing, so that whatever waits for the rest of a
# message waits for ever; and what tshark remembers of conversations is memory for an attacker.
_PREFERENCES = {
    "tcp.desegment_tcp_streams": "FALSE",
    "tcp.analyze_sequence_numbers": "FALSE",
    "tcp.track_bytes_in_flight": "FALSE",
    "tcp.calculate_timestamps": "FALSE",
    "tcp.relative_sequence_numbers": "FALSE",
    "ip.defragment": "FALSE",
    "ipv6.defragment": "FALSE",
}


# What can be an observation. The kernel's filter lets nothing else through, but a capture for whose
# link there is none comes whole. The catalogue is not asked here: tshark would try signature after
# signature on every candidate, where the index finds the few that can hold.
_OBSERVABLE = " || ".join(Transport)


@dataclass(frozen=True, slots=True)
class Dissection:
    """
    What tshark is told.

    Args:
        display_filter: what is worth decoding.
        dissectors: the only ones that may run, by filter name.
        preferences: its settings.
        fields: the fields that signatures read, with their kind.
    """

    display_filter: str
    dissectors: frozenset[str]
    preferences: Mapping[str, str]
    fields: Mapping[str, Kind]


def dissection(catalogue: Catalogue) -> Dissection:
    """Return what tshark must be told to find the candidates of a catalogue."""
    fields = catalogue.decoded_fields()
    protocols = tuple(sorted({name.partition(".")[0] for name in fields}))
    return Dissection(
        display_filter=_OBSERVABLE,
        dissectors=frozenset((*_LAYERS, *_LINKS, *protocols)),
        preferences=_PREFERENCES,
        fields=fields,
    )
