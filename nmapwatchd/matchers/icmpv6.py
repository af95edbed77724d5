"""ICMPv6 requests (RFC 4443)."""

from nmapwatchd.core.matching.matcher import Matcher
from nmapwatchd.core.observation import Transport
from nmapwatchd.matchers.headers import ipv6, number

_OVER = (Transport.ICMPV6,)

MATCHER = Matcher(
    name="icmpv6",
    title="ICMPv6",
    reads_headers=True,
    transports=_OVER,
    fields={
        "type": number("icmpv6.type", "128 echo, 135 neighbour solicitation", 0, 1, over=_OVER),
        "code": number("icmpv6.code", "code", 1, 1, over=_OVER),
        "identifier": number("icmpv6.echo.identifier", "echo identifier", 4, 2, over=_OVER),
        "sequence": number("icmpv6.echo.sequence_number", "echo number", 6, 2, over=_OVER),
        **ipv6(*_OVER),
    },
)
