"""Observations: the decoded form of one frame."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Values = tuple[str, ...]
Fields = Mapping[str, Values]

NO_FIELDS: Fields = {}


class Transport(StrEnum):
    """The protocol that carries the payload."""

    TCP = "tcp"
    UDP = "udp"
    ICMP = "icmp"
    ICMPV6 = "icmpv6"
    SCTP = "sctp"
    IP = "ip"  # any other protocol over IPv4


@dataclass(frozen=True, slots=True)
class Observation:
    """
    One frame.

    Args:
        at: packet time, nanoseconds since the epoch.
        interface: the interface it was captured on; in replay, the name of the capture file.
        source: the IP address of the sender: matchers read only what a scanner sends.
        destination: the IP address of the receiver.
        source_port: 0 if the transport has no ports.
        destination_port: likewise.
        transport: the protocol that carries the payload.
        payload: the payload as captured; empty for ICMP, of which only the header is read.
        decoded: the fields that tshark decoded, by tshark's names.
        mac: the sender's MAC address; empty if the link has none.
        vlans: VLAN ids, outermost first.
        frame_hash: the same for copies of a frame, different for any other frame; 0 if unknown.
        content_hash: the same for frames that differ only in their sender, as those of decoys
            do; 0 if unknown.
        continues_upload: whether an earlier packet showed that the payload is content of an upload.
        outer: `source>destination` of the IP tunnels around the packet, outermost first.
    """

    at: int
    interface: str
    source: str
    destination: str
    source_port: int
    destination_port: int
    transport: Transport
    payload: bytes
    decoded: Fields = field(default_factory=dict)
    mac: str = ""
    vlans: Values = ()
    frame_hash: int = 0
    content_hash: int = 0
    outer: Values = ()
    continues_upload: bool = False
