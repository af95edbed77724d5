"""Service probes and other fixed bytes, on any port; each signature says how its message begins."""

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher
from nmapwatchd.core.observation import Transport
from nmapwatchd.matchers.headers import STACK, ipv4

_HEADER = ipv4(Transport.UDP)

MATCHER = Matcher(
    name="payload",
    title="Raw payload",
    fields={
        # How nmap builds a datagram itself; a connection's packets are the operating system's.
        **{name: _HEADER[name] for name in ("dont_fragment", "ttl")},
        **STACK,
        "bytes_8_12": Field(
            Kind.NUMBER, "bytes nine to twelve of a datagram", at={Transport.UDP: 8}, size=4
        ),
    },
)
