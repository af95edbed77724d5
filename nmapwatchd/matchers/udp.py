"""UDP headers: length of a datagram, whatever the payload (RFC 768)."""

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher
from nmapwatchd.core.matching.placement import RepeatedByte
from nmapwatchd.core.observation import NO_FIELDS, Fields, Transport
from nmapwatchd.matchers.headers import ipv4, ipv6, number

_OVER = (Transport.UDP,)


def _read(payload: bytes, _transport: Transport) -> Fields:
    """Return the byte of which a payload consists, if it is always the same."""
    if not payload or payload.count(payload[:1]) != len(payload):
        return NO_FIELDS
    return {"filler": (str(payload[0]),)}


MATCHER = Matcher(
    name="udp",
    title="UDP datagrams",
    reads_headers=True,
    transports=_OVER,
    read=_read,
    fields={
        "datagram_length": number("udp.length", "bytes with the header's 8", 4, 2, over=_OVER),
        "filler": Field(
            Kind.NUMBER,
            "the byte of which the payload consists, if it is always the same",
            placement=RepeatedByte(),
        ),
        **ipv4(*_OVER),
        **ipv6(*_OVER),
    },
)
