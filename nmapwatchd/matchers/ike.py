"""IKE version 1 offers, over UDP, on any port (RFC 2408 section 3, RFC 2409)."""

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.observation import Transport

# After both cookies: a security association as first payload, version 1.0, main or aggressive mode,
# no flags.
_MODES = (b"\x01\x10\x02\0", b"\x01\x10\x04\0")

MATCHER = Matcher(
    name="ike",
    title="IKE",
    openings=tuple(opening((16, mode), over=Transport.UDP) for mode in _MODES),
    transports=(Transport.UDP,),
    fields={
        "mode": Field(
            Kind.NUMBER, "2 is main, 4 is aggressive mode", at={Transport.UDP: 18}, size=1
        ),
        "transforms": Field(
            Kind.NUMBER, "transforms in the first proposal", at={Transport.UDP: 47}, size=1
        ),
    },
)
