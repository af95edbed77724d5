"""ICMP requests (RFC 792)."""

from nmapwatchd.core.matching.matcher import Matcher
from nmapwatchd.core.observation import Transport
from nmapwatchd.matchers.headers import ipv4, number

_OVER = (Transport.ICMP,)

MATCHER = Matcher(
    name="icmp",
    title="ICMP",
    reads_headers=True,
    transports=_OVER,
    fields={
        "type": number("icmp.type", "8 echo, 13 timestamp, 17 address mask", 0, 1, over=_OVER),
        "code": number("icmp.code", "code", 1, 1, over=_OVER),
        "identifier": number("icmp.ident", "identifier", 4, 2, over=_OVER),
        "sequence": number("icmp.seq", "sequence number", 6, 2, over=_OVER),
        "originate": number(
            "icmp.originate_timestamp", "the originate timestamp, in milliseconds", 8, 4, over=_OVER
        ),
        **ipv4(*_OVER),
    },
)
