"""Service probes and other fixed bytes, on any port; each signature fixes its message's start."""

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher
from nmapwatchd.core.observation import Transport
from nmapwatchd.matchers.headers import STACK, ipv4

_HEADER = ipv4(Transport.UDP)

MATCHER = Matcher(
    name="payload",
    title="Raw payload",
    fields={
        # Of datagrams that nmap builds; the operating system builds a connection's packets.
        **{name: _HEADER[name] for name in ("dont_fragment", "ttl")},
        **STACK,
        "bytes_8_12": Field(
            Kind.NUMBER, "bytes nine to twelve of a datagram", at={Transport.UDP: 8}, size=4
        ),
    },
)
