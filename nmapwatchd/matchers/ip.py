"""IPv4 packets that carry neither TCP nor UDP, ICMP or SCTP (RFC 791)."""

from nmapwatchd.core.matching.matcher import Matcher
from nmapwatchd.core.observation import Transport
from nmapwatchd.matchers.headers import ipv4

_OVER = (Transport.IP,)

MATCHER = Matcher(
    name="ip",
    title="Other IP packets",
    reads_headers=True,
    transports=_OVER,
    fields=ipv4(*_OVER),
)
