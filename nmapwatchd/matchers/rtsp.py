"""RTSP requests, on any port (RFC 2326 section 6)."""

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.message import METHOD, TARGET, read_head, text_field


def _read(payload: bytes, _transport: Transport) -> Fields:
    head = read_head(payload)
    return {
        "method": (head.method,),
        "uri": (head.target,),
        "protocol": (head.protocol,),
        "cseq": head.values("cseq"),
        "user_agent": head.values("user-agent"),
        "headers": (head.names,),
    }


MATCHER = Matcher(
    name="rtsp",
    title="RTSP",
    openings=(opening(b"OPTI"), opening(b"DESC")),
    transports=(Transport.TCP,),
    fields={
        "method": text_field("the request's method", METHOD),
        "uri": text_field("the request's target", TARGET),
        "protocol": text_field("the protocol's version"),
        "cseq": text_field("CSeq"),
        "user_agent": text_field("User-Agent"),
        "headers": Field(
            Kind.TEXT, "names of the headers in order, lower case, separated by commas"
        ),
    },
    read=_read,
)
