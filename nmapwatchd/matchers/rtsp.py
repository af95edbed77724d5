"""RTSP requests, on any port (RFC 2326 section 6)."""

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.message import METHOD, TARGET, read_head


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
        "method": Field(Kind.TEXT, "the request's method", encoding="latin-1", placement=METHOD),
        "uri": Field(Kind.TEXT, "the request's target", encoding="latin-1", placement=TARGET),
        "protocol": Field(Kind.TEXT, "the protocol's version", encoding="latin-1"),
        "cseq": Field(Kind.TEXT, "CSeq", encoding="latin-1"),
        "user_agent": Field(Kind.TEXT, "User-Agent", encoding="latin-1"),
        "headers": Field(
            Kind.TEXT, "names of the headers in order, lower case, separated by commas"
        ),
    },
    read=_read,
)
