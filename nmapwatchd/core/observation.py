"""An observation is what one packet showed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Values = tuple[str, ...]
Fields = Mapping[str, Values]

NO_FIELDS: Fields = {}


class Transport(StrEnum):
    """What carries the payload."""

    TCP = "tcp"
    UDP = "udp"
    ICMP = "icmp"
    ICMPV6 = "icmpv6"
    SCTP = "sctp"
    IP = "ip"  # over IPv4, whatever is none of the others


@dataclass(frozen=True, slots=True)
class Observation:
    """
    One frame, read once.

    Args:
        at: packet time, nanoseconds since the epoch.
        interface: where it was seen; the name of the capture file in replay.
        source: the sender's IP address, which is the scanner's, always.
        destination: the IP address it was sent to.
        source_port: 0 where the transport has none.
        destination_port: likewise.
        transport: what carries the payload.
        payload: what the transport carries, as captured; empty for a bare packet, and for ICMP,
            of which only the header is read.
        decoded: what tshark made of it, by tshark's field name.
        mac: the sender's hardware address, empty where the link has none.
        vlans: VLAN ids, outermost first.
        frame_hash: tells this frame from any other; the same for a copy of it.
        content_hash: the same for frames that differ in nothing but who sent them, as decoys do; 0
            that is not known.
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
