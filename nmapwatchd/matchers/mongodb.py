"""MongoDB queries of the protocol before version 6, on any port (OP_QUERY)."""

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.observation import Transport

MATCHER = Matcher(
    name="mongodb",
    title="MongoDB",
    # The operation OP_QUERY (2004), without flags.
    openings=(opening((12, b"\xd4\x07\0\0")),),
    transports=(Transport.TCP,),
    fields={
        "request_id": Field(
            Kind.NUMBER, "the request's id", at={Transport.TCP: 4}, size=4, order="little"
        ),
        "response_to": Field(
            Kind.NUMBER,
            "the id of the request that it answers",
            at={Transport.TCP: 8},
            size=4,
            order="little",
        ),
    },
)
