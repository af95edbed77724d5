"""SCTP: the first chunk of a packet (RFC 9260)."""

from nmapwatchd.core.matching.matcher import Matcher
from nmapwatchd.core.observation import Transport
from nmapwatchd.matchers.headers import ipv4, ipv6, number

_OVER = (Transport.SCTP,)

MATCHER = Matcher(
    name="sctp",
    title="SCTP packets",
    reads_headers=True,
    transports=_OVER,
    fields={
        "chunk": number("sctp.chunk_type", "1 INIT, 10 COOKIE ECHO", 12, 1, over=_OVER),
        "credit": number("sctp.init_credit", "an INIT's receiver window", 20, 4, over=_OVER),
        "outbound": number("sctp.init_nr_out_streams", "an INIT's streams", 24, 2, over=_OVER),
        "inbound": number("sctp.init_nr_in_streams", "an INIT's streams", 26, 2, over=_OVER),
        "tsn": number("sctp.init_initial_tsn", "an INIT's first TSN", 28, 4, over=_OVER),
        **ipv4(*_OVER),
        **ipv6(*_OVER),
    },
)
